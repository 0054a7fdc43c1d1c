"""Prompts, parsed replies and scores of the downstream tasks as LangEdit's code computes them (arXiv 2506.10800, master 1c33ab9), on made-up text.

Written from a description of that code, none of which is here: no crate, scikit-learn for F1 and Matthews' coefficient, jieba for Chinese words.
    pip install scikit-learn==1.9.1 jieba==0.42.1 && python tests/golden/xtreme/make.py [FOLDER]
With FOLDER (data/xtreme-golden, beside data/xtreme) the functions here are first compared with vectors made by the code itself.
"""

import collections
import json
import pathlib
import re
import sys

import jieba
from sklearn.metrics import f1_score, matthews_corrcoef

jieba.setLogLevel(60)
POOL, NEW = 10, {"xnli": 5, "pawsx": 3, "mlqa": 20, "wikiann": 20}
ENTAILS = {"en": "entails the", "de": "impliziert", "nl": "houdt in dat", "fr": "implique que", "es": "implica que", "zh": "蕴含着"}
YES_NO = {"en": "Yes No", "de": "Ja Nein", "nl": "Ja Nee", "fr": "Oui Non", "es": "Sí No", "zh": "是 否"}
YES_NO = {language: words.split() for language, words in YES_NO.items()}
PARAPHRASES = {
    "en": ("Are the sentences paraphrases of each other.", "Sentence"),
    "de": ("Sind die Sätze Paraphrasen voneinander.", "Satz"),
    "fr": ("Les phrases sont-elles des paraphrases les unes des autres.", "Phrase"),
    "es": ("¿Las oraciones son paráfrasis unas de otras.", "Oración"),
}
QUESTIONS = {
    "en": ("Answer the following questions based on the provided context.", "Context", "Question"),
    "de": ("Beantworten Sie die folgenden Fragen basierend auf dem bereitgestellten Kontext.", "Kontext", "Frage"),
    "es": ("Responda las siguientes preguntas basándose en el contexto proporcionado.", "Contexto", "Pregunta"),
    "zh": ("根据提供的上下文回答以下问题。", "语境", "问题"),
}
ENTITIES = {
    "en": ("Extract entities from the given text and entities to be recognized are: Person, Location, and Organization.", "Text"),
    "de": ("Entitäten aus dem gegebenen Text extrahieren. Zu erkennende Entitäten sind: Person, Ort, Organisation.", "Text"),
    "nl": ("Extracteer entiteiten uit de gegeven tekst en de te herkennen entiteiten zijn: Persoon, Locatie, Organisatie.", "Tekst"),
    "fr": ("Extraire les entités du texte donné et les entités à reconnaître sont: Personne, Lieu, Organisation.", "Texte"),
    "es": ("Extraiga entidades del texto dado y las entidades a reconocer son: Persona, Ubicación, Organización.", "Texto"),
    "zh": ("从给定的文本中提取实体，要识别的实体为：人, 地点 和 组织", "文本"),
}
CUES = {"en": "Answer:", "de": "Antwort:", "nl": "Antwoord:", "fr": "Répondre:", "es": "Respuesta:", "zh": "回答:"}
OR = {"en": "Yes or No? Answer:", "de": "Ja oder Nein? Antwort:", "nl": "Ja of Nee? Antwoord:", "fr": "Oui ou Non? Réponse:",
      "es": "Sí o No? Respuesta:", "zh": "是 或者 否？回答:"}
LANGUAGES = {"xnli": ENTAILS, "pawsx": PARAPHRASES, "mlqa": QUESTIONS, "wikiann": ENTITIES}


def cue_of(task, language):
    if task == "xnli":
        return OR[language]
    return "答案:" if task == "wikiann" and language == "zh" else CUES[language]


def shots_of(task, pool, asked):
    """The places of the shots in the pool, in order."""
    if asked == 0:
        return []
    if task == "mlqa":
        return [0]
    if task == "wikiann":
        tests = [lambda record, kind=kind: kind in record["label"] for kind in ("ORG", "PER", "LOC")]
    else:
        labels = ("not_entailment", "entailment") if task == "xnli" else ("0", "1")
        tests = [lambda record, label=label: str(record["label"]) == label for label in labels]
    firsts = [next((i for i, record in enumerate(pool) if test(record)), None) for test in tests]
    return [i for i in firsts if i is not None]


def gold_of(task, record):
    if task in ("xnli", "pawsx"):
        return int(str(record["label"]) in ("entailment", "1"))
    return record["answer"] if task == "mlqa" else record["label"]


def block(task, language, record, solved):
    cue = cue_of(task, language)
    if task == "xnli":
        text = f"{record['sentence1']} {ENTAILS[language]} {record['sentence2']}" + ("" if solved else ' "') + f" {cue}"
        answer = YES_NO[language][0 if record["label"] == "entailment" else 1]
    elif task == "pawsx":
        instruction, name = PARAPHRASES[language]
        text = f"{instruction}\n{name} 1: {record['sentence1']}\n{name} 2: {record['sentence2']}\n{cue}"
        answer = YES_NO[language][0 if str(record["label"]) == "1" else 1]
    elif task == "mlqa":
        instruction, context, question = QUESTIONS[language]
        colon = " : " if solved and language == "en" else ": "
        text = f"{instruction}\n{context}{colon}{record['context']}\n{question}: {record['question']}\n{cue}"
        answer = record["answer"]
    else:
        instruction, name = ENTITIES[language]
        text = f"{instruction}\n{name}: {record['text']}" + ("\\" if solved and language != "en" else "\n") + cue
        answer = record["label"]
    return f"{text} {answer}\n" if solved else text


def prompt_of(task, language, records, item, asked):
    shots = [block(task, language, records[place], True) for place in shots_of(task, records[:POOL], asked)]
    return "".join(shots) + block(task, language, records[item], False)


def kept(context, question, shots, new):
    room, count = context - question - new, 0
    for shot in shots:
        room -= shot
        if room < 0:
            break
        count += 1
    return count


def cut(decoded, cue):
    return decoded.split(cue)[-1].strip()


def tidied(text):
    for spaced in (" .", " ?", " !", " ,", " ' ", " n't", " 'm", " 's", " 've", " 're"):
        text = text.replace(spaced, spaced.strip())
    return text


def parse_binary(answer, yes, no):
    answer = answer.lower()
    return 1 if yes.lower() in answer else 0 if no.lower() in answer else -1


def words_of(text, language):
    if language == "zh":
        return jieba.lcut(text.lower())
    text = re.sub(r"\b(a|an|the)\b", " ", text.lower())
    return re.sub(r"[^a-z0-9\s]", "", text).split()


def token_f1(compared, gold, language):
    answer, gold = words_of(compared, language), words_of(gold, language)
    common = sum((collections.Counter(answer) & collections.Counter(gold)).values())
    if not common:
        return 0.0
    precision, recall = common / len(answer), common / len(gold)
    return 2 * precision * recall / (precision + recall)


def parse_entities(text):
    found = []
    for kind in ("PER", "LOC", "ORG"):
        match = re.search(f"{kind}: (.+)", text)
        if match:
            found += [[kind, entity] for entity in match.group(1).split("@")]
    return found


def tags_of(text, entities):
    tokens = text.split()
    tags = ["O"] * len(tokens)
    for kind, entity in entities:
        run = entity.split()
        for start in range(len(tokens) - len(run) + 1):
            if tokens[start:start + len(run)] == run:
                tags[start:start + max(len(run), 1)] = [kind] * max(len(run), 1)
                break
    return tags


def score(task, language, records, case, tidy=False):
    """What the code makes of a reply to an item."""
    record, cue = records[case["item"]], cue_of(task, language)
    decoded = prompt_of(task, language, records, case["item"], 3) + case["reply"]
    answer = cut(tidied(decoded) if tidy else decoded, cue)
    if task in ("xnli", "pawsx"):
        return {"answer": parse_binary(answer, *YES_NO[language])}
    if task == "mlqa":
        line = answer.split("\n")[0]
        return {"answer": line, "exact": int(line.lower() == record["answer"].lower()), "f1": token_f1(line.lower(), record["answer"], language)}
    entities = parse_entities(answer)
    tags, gold = tags_of(record["text"], entities), tags_of(record["text"], parse_entities(record["label"]))
    return {"answer": entities, "tags": tags, "gold_tags": gold, "micro_f1": f1_score(gold, tags, average="micro"),
            "macro_f1": f1_score(gold, tags, average="macro")}


def result(task, records, cases, parsed):
    golds = [gold_of(task, records[case["item"]]) for case in cases]
    if task in ("xnli", "pawsx"):
        answers = [one["answer"] for one in parsed]
        return {"f1": f1_score(golds, answers, average="weighted"), "mcc": matthews_corrcoef(golds, answers),
                "invalid": answers.count(-1), "total": len(answers)}
    if task == "mlqa":
        return {"em_f1": sum(one["exact"] for one in parsed) / len(parsed), "mean_token_f1": sum(one["f1"] for one in parsed) / len(parsed)}
    gold, tags = ([tag for one in parsed for tag in one[name]] for name in ("gold_tags", "tags"))
    return {"micro_f1": f1_score(gold, tags, average="micro"), "macro_f1": f1_score(gold, tags, average="macro")}


def agrees(mine, other, where):
    for name, value in mine.items():
        if name in other:
            same = abs(value - other[name]) < 1e-12 if isinstance(value, float) else value == other[name]
            assert same, (where, name, value, other[name])


def compare(folder):
    """With what LangEdit's code itself made."""
    prompts = replies = 0
    for path in sorted(folder.glob("prompts_*.json")):
        golden = json.loads(path.read_text())
        task, language = golden["task"], golden["language"]
        records = json.loads((folder.parent / "xtreme" / f"{task}_{language}.json").read_text())
        assert shots_of(task, records[:POOL], golden["shots_asked"]) == golden["shot_items"], path
        for item in golden["items"]:
            assert prompt_of(task, language, records, item["item"], golden["shots_asked"]) == item["prompt"], (path, item["item"])
            assert prompt_of(task, language, records, item["item"], 0) == item["prompt_0_shots"], (path, item["item"])
            assert gold_of(task, records[item["item"]]) == item["expected"]
            prompts += 2
        for row in golden["truncation"]:
            assert kept(row["context"], row["question_tokens"], row["shot_tokens"], NEW[task]) == row["shots_kept"], (path, row)
    for path in sorted(folder.glob("scores_*.json")):
        golden = json.loads(path.read_text())
        task = golden["task"]
        for language, held in golden["languages"].items():
            records = json.loads((folder.parent / "xtreme" / f"{task}_{language}.json").read_text())
            for case in held["cases"]:
                where = (path.name, language, case["item"])
                agrees(score(task, language, records, case), case, where)
                agrees(score(task, language, records, case, True), case.get("with_cleanup", {}), where)
                replies += 1
            agrees(result(task, records, held["cases"], [score(task, language, records, case) for case in held["cases"]]), held["result"], path)
    print(f"{prompts} prompts and {replies} replies agree")


SENTENCES = {
    "en": ["Orsk lies on the river.", "Anna Lund went to Kimal .", "Where does Orsk lie?"],
    "de": ["Orsk liegt am Fluß.", "Anna Lund ging nach Kimal .", "Wo liegt Orsk?"],
    "nl": ["Orsk ligt aan de rivier.", "Anna Lund ging naar Kimal .", "Waar ligt Orsk?"],
    "fr": ["Orsk est près de l’eau.", "Anna Lund est allée à Kimal .", "Où est Orsk ?"],
    "es": ["Orsk está junto al río.", "Anna Lund fue a Kimal .", "¿Dónde está Orsk?"],
    "zh": ["奥尔斯克在河边。", "安 娜 去 了 基 马 尔 。", "奥尔斯克在哪里？"],
}
PLACES = {"en": ["the river bank", "1,000 men"], "de": ["am Fluß", "die Brücke"], "es": ["río", "el año 1999"], "zh": ["河边的网易杭研大厦", "1.5%的人"]}
ENTITY = {language: ("安 娜", "基 马 尔") if language == "zh" else ("Anna Lund", "Kimal") for language in SENTENCES}


def records_of(task, language):
    """Twelve made-up records; the class, kind or answer changes from one to the next, unevenly."""
    first, second, question = SENTENCES[language]
    records = []
    for i in range(12):
        one = i % 3 == 1
        if task == "xnli":
            records.append({"sentence1": f"{first} ({i})", "sentence2": f" {second}", "label": "entailment" if one else "not_entailment"})
        elif task == "pawsx":
            records.append({"sentence1": f"{first} ({i}) ", "sentence2": second, "label": str(int(one))})
        elif task == "mlqa":
            answer = PLACES[language][i % 2]
            records.append({"context": f"{first} {answer}. ({i})", "question": f"{question} ", "answer": answer})
        else:
            person, place = ENTITY[language]
            label = [f"LOC: {place}\n", f"PER: {person}\nLOC: {place}\n", f"LOC: {place}\nORG: {second.split()[0]}\n"][i % 3]
            records.append({"text": f"{second} {first.split()[0]} {place}" if i % 2 else second, "label": label})
    return records


def replies_of(task, language, record):
    cue = cue_of(task, language)
    if task in ("xnli", "pawsx"):
        yes, no = YES_NO[language]
        return [f" {yes}", f" {no}.", f"\n{no.upper()}", f" {no}, {yes}", "", " 1", f" {no} {cue} {yes}", f" {yes} {cue}", " know eyes", " 不是", f"x{yes.lower()}x"]
    if task == "mlqa":
        gold = record["answer"]
        return [f" {gold}", f" {gold}.", f" {gold} \nx", f"\n\n{gold}\r\n", f" the-{gold} a", f" {gold.split()[0]} {gold}", "", " .", " the", f" x\n{cue} {gold}",
                f" {gold} {cue}", " Fluss 's , x", f" “{gold}”，{gold}_x", f"{gold}A1 WES-5.4.5 u.s.a. 20.", " é ß"]
    person, place = ENTITY[language]
    return [f" PER: {person}\nLOC: {place}\n", f" {record['label']}", f" PER:  {person}@@ x", f" SUPER: {person}", f" LOC:{place}", f" LOC: {person} {place} .",
            f" PER: {person} LOC: {place}", "", " ORG: @", f" PER: x\n{cue} LOC: {place}", f" PER: \nPER: {person}", f" LOC: {place}\r\n", f" PER: {place}\nORG: {place} ."]


def main():
    if len(sys.argv) > 1:
        compare(pathlib.Path(sys.argv[1]))
    golden = []
    for task, languages in LANGUAGES.items():
        for language in languages:
            records = records_of(task, language)
            cases = [{"item": 10 + i % 2, "reply": reply} for i, reply in enumerate(replies_of(task, language, records[10]))]
            parsed = [score(task, language, records, case) for case in cases]
            tidy = [score(task, language, records, case, True) for case in cases]
            held = {
                "task": task, "language": language, "records": records, "cue": cue_of(task, language), "shot_items": shots_of(task, records[:POOL], 2),
                "items": [{"item": i, "expected": gold_of(task, records[i]), "prompt": prompt_of(task, language, records, i, 2),
                           "prompt_0_shots": prompt_of(task, language, records, i, 0)} for i in (10, 11)],
                "cases": [{**case, **one, **({"with_cleanup": two} if two != one else {})} for case, one, two in zip(cases, parsed, tidy)],
                "result": result(task, records, cases, parsed),
            }
            golden.append(held)
    path = pathlib.Path(__file__).with_name("golden.json")
    path.write_text(json.dumps(golden, ensure_ascii=False, indent=0) + "\n")
    print(f"{len(golden)} pairs of task and language, {sum(len(held['cases']) for held in golden)} replies")


main()
