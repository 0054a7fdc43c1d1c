//! Few-shot prompts, a wording per language.
//!
//! The English wordings are the published ones, but for a stray quotation mark that the published XNLI prompt has on the tested item alone. The
//! published wordings of the other languages are not available; those here are translations of the English ones. Yes and no are the
//! published words of each language.

use super::{Item, POOL, Task};

/// The words of a language that prompts are built of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Words {
    /// ISO 639-1 code.
    pub language: &'static str,
    /// Yes.
    pub yes: &'static str,
    /// No.
    pub no: &'static str,
    /// Cue in front of every answer, colon included.
    pub answer: &'static str,
    /// XNLI: between premise and hypothesis.
    entails: &'static str,
    /// XNLI: behind the hypothesis.
    yes_or_no: &'static str,
    /// PAWS-X: instruction.
    paraphrases: &'static str,
    /// PAWS-X: cue of a sentence, its number follows.
    sentence: &'static str,
    /// MLQA: instruction.
    read: &'static str,
    context: &'static str,
    question: &'static str,
    /// WikiANN: instruction.
    extract: &'static str,
    text: &'static str,
}

const WORDS: [Words; 6] = [
    Words {
        language: "en",
        yes: "Yes",
        no: "No",
        answer: "Answer:",
        entails: "entails the",
        yes_or_no: "Yes or No?",
        paraphrases: "Are the sentences paraphrases of each other.",
        sentence: "Sentence",
        read: "Answer the following questions based on the provided context.",
        context: "Context:",
        question: "Question:",
        extract: "Extract entities from the following text: Person, Location, and Organization.",
        text: "Text:",
    },
    Words {
        language: "de",
        yes: "Ja",
        no: "Nein",
        answer: "Antwort:",
        entails: "impliziert:",
        yes_or_no: "Ja oder Nein?",
        paraphrases: "Sind die Sätze Paraphrasen voneinander.",
        sentence: "Satz",
        read: "Beantworte die folgenden Fragen anhand des gegebenen Kontexts.",
        context: "Kontext:",
        question: "Frage:",
        extract: "Extrahiere Entitäten aus dem folgenden Text: Person, Ort und Organisation.",
        text: "Text:",
    },
    Words {
        language: "nl",
        yes: "Ja",
        no: "Nee",
        answer: "Antwoord:",
        entails: "impliceert:",
        yes_or_no: "Ja of Nee?",
        paraphrases: "Zijn de zinnen parafrasen van elkaar.",
        sentence: "Zin",
        read: "Beantwoord de volgende vragen op basis van de gegeven context.",
        context: "Context:",
        question: "Vraag:",
        extract: "Haal entiteiten uit de volgende tekst: Persoon, Locatie en Organisatie.",
        text: "Tekst:",
    },
    Words {
        language: "fr",
        yes: "Oui",
        no: "Non",
        answer: "Réponse :",
        entails: "implique :",
        yes_or_no: "Oui ou Non ?",
        paraphrases: "Les phrases sont-elles des paraphrases l'une de l'autre.",
        sentence: "Phrase",
        read: "Répondez aux questions suivantes à partir du contexte fourni.",
        context: "Contexte :",
        question: "Question :",
        extract: "Extrayez les entités du texte suivant : Personne, Lieu et Organisation.",
        text: "Texte :",
    },
    Words {
        language: "es",
        yes: "Sí",
        no: "No",
        answer: "Respuesta:",
        entails: "implica:",
        yes_or_no: "¿Sí o No?",
        paraphrases: "¿Son las oraciones paráfrasis una de la otra?",
        sentence: "Oración",
        read: "Responda a las siguientes preguntas según el contexto proporcionado.",
        context: "Contexto:",
        question: "Pregunta:",
        extract: "Extraiga las entidades del siguiente texto: Persona, Lugar y Organización.",
        text: "Texto:",
    },
    Words {
        language: "zh",
        yes: "是",
        no: "不是",
        answer: "答案：",
        entails: "蕴含：",
        yes_or_no: "是还是不是？",
        paraphrases: "这两个句子是否互为释义。",
        sentence: "句子",
        read: "请根据所给的上下文回答下列问题。",
        context: "上下文：",
        question: "问题：",
        extract: "从下面的文本中提取实体：人物、地点和组织。",
        text: "文本：",
    },
];

/// The words of `language`, where there are any.
pub fn words(language: &str) -> Option<&'static Words> {
    WORDS.iter().find(|words| words.language == language)
}

/// The prompts of one task in one language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prompts {
    task: Task,
    words: &'static Words,
    /// Solved examples, in order.
    shots: Vec<String>,
}

impl Prompts {
    /// Prompts with the shots that the published code takes from the first [`POOL`] items: for the two-class tasks the first "no" and the first
    /// "yes", for MLQA the first item (two are asked for, but one takes effect), for WikiANN the first items with an organisation, a person
    /// and a location.
    pub fn new(task: Task, words: &'static Words, items: &[Item]) -> Self {
        let pool = items.get(..POOL.min(items.len())).unwrap_or_default();
        let first = |wanted: &dyn Fn(&Item) -> bool| pool.iter().position(wanted);
        let has = |kind: &'static str| move |item: &Item| matches!(item, Item::Entities { label, .. } if label.lines().any(|line| line.starts_with(kind)));
        let chosen = match task {
            Task::Xnli | Task::Pawsx => {
                vec![
                    first(&|item| matches!(item, Item::Pair { yes: false, .. })),
                    first(&|item| matches!(item, Item::Pair { yes: true, .. })),
                ]
            }
            Task::Mlqa => vec![first(&|_| true)],
            Task::Wikiann => vec![first(&has("ORG:")), first(&has("PER:")), first(&has("LOC:"))],
        };
        let mut seen = Vec::new();
        for index in chosen.into_iter().flatten() {
            if !seen.contains(&index) {
                seen.push(index);
            }
        }
        let mut prompts = Self { task, words, shots: Vec::new() };
        prompts.shots = seen.iter().filter_map(|&i| pool.get(i)).map(|item| prompts.solved(item)).collect();
        prompts
    }

    /// Number of shots.
    pub fn shots(&self) -> usize {
        self.shots.len()
    }

    /// The whole prompt for `item` with the first `shots` shots; the model goes on behind the answer cue.
    pub fn prompt(&self, item: &Item, shots: usize) -> String {
        let instruction = match self.task {
            Task::Xnli => "",
            Task::Pawsx => self.words.paraphrases,
            Task::Mlqa => self.words.read,
            Task::Wikiann => self.words.extract,
        };
        let mut parts: Vec<String> = Vec::new();
        if !instruction.is_empty() {
            parts.push(instruction.to_owned());
        }
        parts.extend(self.shots.iter().take(shots).cloned());
        parts.push(self.asked(item));
        parts.join("\n\n")
    }

    /// The answer that a two-class item wants, or does not want.
    pub fn word(&self, yes: bool) -> &'static str {
        if yes { self.words.yes } else { self.words.no }
    }

    /// The words of the language.
    pub fn words(&self) -> &'static Words {
        self.words
    }

    fn asked(&self, item: &Item) -> String {
        let w = self.words;
        match item {
            Item::Pair { first, second, .. } if self.task == Task::Xnli => {
                format!("{} {} {} {} {}", first.trim(), w.entails, second.trim(), w.yes_or_no, w.answer)
            }
            Item::Pair { first, second, .. } => {
                format!("{} 1: {}\n{} 2: {}\n{}", w.sentence, first.trim(), w.sentence, second.trim(), w.answer)
            }
            Item::Question { context, question, .. } => {
                format!("{} {}\n{} {}\n{}", w.context, context.trim(), w.question, question.trim(), w.answer)
            }
            Item::Entities { text, .. } => format!("{} {}\n{}", w.text, text.trim(), w.answer),
        }
    }

    fn solved(&self, item: &Item) -> String {
        let answer = match item {
            Item::Pair { yes, .. } => self.word(*yes),
            Item::Question { answer, .. } => answer.trim(),
            Item::Entities { label, .. } => label.trim_end(),
        };
        format!("{} {answer}", self.asked(item))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    fn pair(first: &str, yes: bool) -> Item {
        Item::Pair { first: first.to_owned(), second: "B.".to_owned(), yes }
    }

    #[test]
    fn shots_are_the_first_of_each_class_from_the_pool() {
        let mut items = vec![pair("A.", true); POOL];
        items[4] = pair("C.", false);
        items.push(pair("D.", false));
        let prompts = Prompts::new(Task::Xnli, words("en").unwrap(), &items);
        assert_eq!(
            prompts.prompt(&items[POOL], 2),
            "C. entails the B. Yes or No? Answer: No\n\nA. entails the B. Yes or No? Answer: Yes\n\nD. entails the B. Yes or No? Answer:"
        );
        assert_eq!(prompts.prompt(&items[POOL], 0), "D. entails the B. Yes or No? Answer:");
        let zh = Prompts::new(Task::Pawsx, words("zh").unwrap(), &items);
        assert!(zh.prompt(&items[POOL], 1).ends_with("答案： 不是\n\n句子 1: D.\n句子 2: B.\n答案："));
        // Only the pool is looked at.
        assert_eq!(Prompts::new(Task::Xnli, words("de").unwrap(), &vec![pair("A.", true); POOL]).shots(), 1);
    }

    #[test]
    fn one_item_can_show_several_entities() {
        let item = |label: &str| Item::Entities { text: "a b".to_owned(), label: label.to_owned() };
        let items = [item("PER: b\n"), item("ORG: a\nLOC: b\n"), item("LOC: a\n")];
        let prompts = Prompts::new(Task::Wikiann, words("en").unwrap(), &items);
        assert_eq!(prompts.shots(), 2);
        assert!(prompts.prompt(&items[2], 2).contains("Text: a b\nAnswer: ORG: a\nLOC: b\n\nText: a b\nAnswer: PER: b\n\n"));
    }
}
