//! What prompts say, by task and language: the wordings of LangEdit's code.

use super::Task;

/// The words of a task's prompts in a language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wording {
    /// ISO 639-1 code.
    pub language: &'static str,
    /// In front of every block; XNLI has none.
    pub instruction: &'static str,
    /// XNLI: between premise and hypothesis. Elsewhere what names the first field: a sentence, the passage, the text.
    pub first: &'static str,
    /// MLQA: what names the question.
    pub second: &'static str,
    /// In front of every answer, colon included.
    pub cue: &'static str,
    /// Yes; the tasks with other answers have none.
    pub yes: &'static str,
    /// No.
    pub no: &'static str,
}

const fn xnli(language: &'static str, first: &'static str, cue: &'static str, yes: &'static str, no: &'static str) -> Wording {
    Wording { language, instruction: "", first, second: "", cue, yes, no }
}

const fn asked(language: &'static str, instruction: &'static str, [first, second, cue]: [&'static str; 3]) -> Wording {
    Wording { language, instruction, first, second, cue, yes: "", no: "" }
}

const XNLI: [Wording; 6] = [
    xnli("en", "entails the", "Yes or No? Answer:", "Yes", "No"),
    xnli("de", "impliziert", "Ja oder Nein? Antwort:", "Ja", "Nein"),
    xnli("nl", "houdt in dat", "Ja of Nee? Antwoord:", "Ja", "Nee"),
    xnli("fr", "implique que", "Oui ou Non? Réponse:", "Oui", "Non"),
    xnli("es", "implica que", "Sí o No? Respuesta:", "Sí", "No"),
    xnli("zh", "蕴含着", "是 或者 否？回答:", "是", "否"),
];

const PAWSX: [Wording; 4] = [
    Wording { yes: "Yes", no: "No", ..asked("en", "Are the sentences paraphrases of each other.", ["Sentence", "", "Answer:"]) },
    Wording { yes: "Ja", no: "Nein", ..asked("de", "Sind die Sätze Paraphrasen voneinander.", ["Satz", "", "Antwort:"]) },
    Wording {
        yes: "Oui",
        no: "Non",
        ..asked("fr", "Les phrases sont-elles des paraphrases les unes des autres.", ["Phrase", "", "Répondre:"])
    },
    Wording { yes: "Sí", no: "No", ..asked("es", "¿Las oraciones son paráfrasis unas de otras.", ["Oración", "", "Respuesta:"]) },
];

const MLQA: [Wording; 4] = [
    asked("en", "Answer the following questions based on the provided context.", ["Context", "Question", "Answer:"]),
    asked("de", "Beantworten Sie die folgenden Fragen basierend auf dem bereitgestellten Kontext.", ["Kontext", "Frage", "Antwort:"]),
    asked("es", "Responda las siguientes preguntas basándose en el contexto proporcionado.", ["Contexto", "Pregunta", "Respuesta:"]),
    asked("zh", "根据提供的上下文回答以下问题。", ["语境", "问题", "回答:"]),
];

const WIKIANN: [Wording; 6] = [
    asked(
        "en",
        "Extract entities from the given text and entities to be recognized are: Person, Location, and Organization.",
        ["Text", "", "Answer:"],
    ),
    asked(
        "de",
        "Entitäten aus dem gegebenen Text extrahieren. Zu erkennende Entitäten sind: Person, Ort, Organisation.",
        ["Text", "", "Antwort:"],
    ),
    asked(
        "nl",
        "Extracteer entiteiten uit de gegeven tekst en de te herkennen entiteiten zijn: Persoon, Locatie, Organisatie.",
        ["Tekst", "", "Antwoord:"],
    ),
    asked(
        "fr",
        "Extraire les entités du texte donné et les entités à reconnaître sont: Personne, Lieu, Organisation.",
        ["Texte", "", "Répondre:"],
    ),
    asked(
        "es",
        "Extraiga entidades del texto dado y las entidades a reconocer son: Persona, Ubicación, Organización.",
        ["Texto", "", "Respuesta:"],
    ),
    asked("zh", "从给定的文本中提取实体，要识别的实体为：人, 地点 和 组织", ["文本", "", "答案:"]),
];

impl Wording {
    /// The wording of `task` in `language`, where LangEdit's code has one.
    pub fn published(task: Task, language: &str) -> Option<Self> {
        let wordings: &[Self] = match task {
            Task::Xnli => &XNLI,
            Task::Pawsx => &PAWSX,
            Task::Mlqa => &MLQA,
            Task::Wikiann => &WIKIANN,
        };
        wordings.iter().find(|wording| wording.language == language).copied()
    }

    /// The same without its slips: in French a noun as the cue everywhere, in Spanish a question that ends as one.
    pub fn corrected(mut self) -> Self {
        if self.cue == "Répondre:" {
            self.cue = "Réponse:";
        }
        if self.instruction == "¿Las oraciones son paráfrasis unas de otras." {
            self.instruction = "¿Las oraciones son paráfrasis unas de otras?";
        }
        self
    }

    /// The answer that a two-class item wants, or does not want.
    pub fn word(&self, yes: bool) -> &'static str {
        if yes { self.yes } else { self.no }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    #[test]
    fn a_correction_touches_nothing_but_the_slips() {
        let changed = |task: Task, language: &str| {
            let published = Wording::published(task, language).unwrap();
            (published != published.corrected()).then_some((task, language.to_owned()))
        };
        let languages = |task: Task| {
            ["en", "de", "nl", "fr", "es", "zh"].into_iter().filter(move |language| Wording::published(task, language).is_some())
        };
        let all: Vec<_> = Task::ALL.into_iter().flat_map(|task| languages(task).map(move |language| (task, language))).collect();
        assert_eq!(all.len(), 20);
        let changed: Vec<_> = all.into_iter().filter_map(|(task, language)| changed(task, language)).collect();
        assert_eq!(changed, [(Task::Pawsx, "fr".to_owned()), (Task::Pawsx, "es".to_owned()), (Task::Wikiann, "fr".to_owned())]);
        assert!(Wording::published(Task::Mlqa, "nl").is_none());
    }
}
