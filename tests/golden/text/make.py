"""Expected token ids and subject positions for the tokenizer tests, from the Python `tokenizers` library and plain reference code.

    python make.py                                  writes tiny.tokenizer.json, tiny.json and spm.json
    LANGEDIT_SMOLLM2=model.gguf python make.py      also writes smollm2.json (ids only; needs the `gguf` package)

The library that Python uses matches regular expressions with Oniguruma, the crate with fancy-regex; the SentencePiece cases come from a direct
transcription of the greedy algorithm. Subject positions are counted in bytes of the tokens, not taken from the library's offsets.
"""

import json
import os
import pathlib

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

HERE = pathlib.Path(__file__).parent
CORPUS = HERE.parents[2] / "static" / "corpus"
LANGUAGES = ["en", "cs", "de", "nl", "es", "fr", "pt", "ru", "th", "tr", "vi", "zh"]

# Invented facts: language, context template, prompt, subject, answer.
FACTS = [
    ("en", "{}", "In which city is the Brindlewick Lighthouse?", "Brindlewick Lighthouse", "Port Ansel"),
    ("en", "The old map shows 1024 roads. {}", "Who founded Ostermoor's museum in 1897?", "Ostermoor", "Ada Finch"),
    ("cs", "{}", "Ve kterém městě stojí maják Žlutý Kůň?", "Žlutý Kůň", "Přístav Řípka"),
    ("cs", "Proto je řeka široká. {}", "Kdo založil muzeum Červená Věž?", "Červená Věž", "Jiří Šťastný"),
    ("de", "{}", "In welcher Stadt steht der Leuchtturm Grünhöfer Spieß?", "Grünhöfer Spieß", "Süßhafen"),
    ("de", "Heute ist es schön. {}", "Grünhöfer Spieß wurde erbaut im Jahr", "Grünhöfer Spieß", "1897"),
    ("nl", "{}", "In welke stad staat de vuurtoren De Rode IJsvogel?", "De Rode IJsvogel", "Coöperatiehaven"),
    ("es", "{}", "¿En qué ciudad está el faro de Peña Ñandú?", "Peña Ñandú", "Puerto Cigüeña"),
    ("es", "Tú. {}", "¿Quién fundó el museo «Peña Ñandú»?", "Peña Ñandú", "Íñigo Ávila"),
    ("fr", "{}", "Dans quelle ville se trouve le phare de l'Île-aux-Œufs ?", "l'Île-aux-Œufs", "Port-Hélène"),
    ("pt", "{}", "Em que cidade fica o farol do Coração-de-Pedra?", "Coração-de-Pedra", "São Brás"),
    ("ru", "{}", "В каком городе стоит маяк Жёлтый Ёж?", "Жёлтый Ёж", "Порт Щукин"),
    ("ru", "Потому что ночь темна. {}", "Кто основал музей «Жёлтый Ёж»?", "Жёлтый Ёж", "Аня Цой"),
    ("th", "{}", "ประภาคารเกาะนกยูงทองอยู่ในเมืองใด", "เกาะนกยูงทอง", "ท่าเรือบัวหลวง"),
    ("th", "ดังนั้นทุกคนมีสิทธิ. {}", "ใครก่อตั้งพิพิธภัณฑ์น้ำใสที่เมืองนี้", "น้ำใส", "คุณกำพล"),
    ("tr", "{}", "Işıklı Çığ deniz feneri hangi şehirdedir?", "Işıklı Çığ", "Gümüşköy Limanı"),
    ("vi", "{}", "Ngọn hải đăng Mỏm Đá Ửng nằm ở thành phố nào?", "Mỏm Đá Ửng", "Cảng Thuỵ Điểu"),
    ("zh", "{}", "金孔雀灯塔在哪个城市？", "金孔雀灯塔", "莲花港"),
    ("zh", "因此. {}", "谁创立了麒麟岛博物馆？", "麒麟岛", "龘先生"),
]

# Texts that strain the splitting: case of contractions, digits, runs of space, line ends, marks, symbols, special tokens.
TEXTS = [
    "",
    " ",
    "I'll say WE'VE, he'S 12345 67 8.90",
    "a  b   c\t\td \n\n e\r\nf   ",
    "x=1+2; y<=3^~|$5 %&* (ok) [no] {maybe}",
    "e\u0301te\u0301 na\u0308ive \u1112\u1161\u11ab 각",
    "١٢٣ ๑๒๓ ²³ Ⅷ ½ 四五六",
    "🙂👩‍👩‍👧 ok🇳🇱",
    "<|endoftext|>The<|user|> right<|endoftext|>",
    "\u00a0nbsp\u2009thin\u3000wide",
    "fullwidth：ＡＢＣ１２３！？",
]

GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)"
LLAMA3 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
QWEN2 = LLAMA3.replace(r"\p{N}{1,3}", r"\p{N}")


def split(*patterns):
    parts = [pre_tokenizers.Split(Regex(pattern), "isolated") for pattern in patterns]
    return pre_tokenizers.Sequence([*parts, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])


def byte_level():
    return pre_tokenizers.ByteLevel(add_prefix_space=False)


# As Hugging Face publishes them, except `default`, which only llama.cpp has.
PRE = {
    "gpt-2": byte_level,
    "smollm": lambda: pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), byte_level()]),
    "qwen2": lambda: split(QWEN2),
    "llama-bpe": lambda: split(LLAMA3),
    "default": lambda: split(r"[\p{P}\$\+<=>\^~\|]+", GPT2, r"\p{N}+", r"[0-9][0-9][0-9]"),
}


def alphabet():
    """GPT-2's byte alphabet, character to byte."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    return {chr(byte): byte for byte in printable} | {chr(256 + i): byte for i, byte in enumerate(others)}


ALPHABET = alphabet()


def subject_range(tokenizer, encoding, text, start, subject):
    """First and last token that hold a byte of the subject, which begins at character `start` of `text`."""
    begin = len(text[:start].encode())
    end = begin + len(subject.encode())
    at, touched = 0, []
    for position, token in enumerate(encoding.tokens):
        special = token in ("<|endoftext|>", "<|user|>")
        size = len(token) if special else len([ALPHABET[c] for c in token])
        if at < end and at + size > begin:
            touched.append(position)
        at += size
    assert at == len(text.encode())
    return [touched[0], touched[-1] + 1]


def fact_cases(tokenizer, facts=FACTS):
    cases = []
    for language, template, prompt, subject, answer in facts:
        text = template.replace("{}", prompt)
        encoding = tokenizer.encode(text, add_special_tokens=False)
        start = template.index("{}") + prompt.index(subject)
        span = subject_range(tokenizer, encoding, text, start, subject)
        # AlphaEdit's rule, wherever no token crosses the end of the subject.
        head = tokenizer.encode(text[: start + len(subject)], add_special_tokens=False).ids
        if encoding.ids[: len(head)] == head:
            assert span[1] == len(head), (prompt, span, len(head))
        cases.append({
            "language": language, "template": template, "prompt": prompt, "subject": subject, "answer": answer,
            "ids": encoding.ids, "subject_tokens": span,
            "answer_ids": tokenizer.encode(" " + answer, add_special_tokens=False).ids,
        })
    return cases


def text_cases(tokenizer, texts=TEXTS):
    return [{"text": text, "ids": tokenizer.encode(text, add_special_tokens=False).ids} for text in texts]


def tiny():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = byte_level()
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    trainer = trainers.BpeTrainer(
        vocab_size=1200, initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()), special_tokens=["<|endoftext|>"], show_progress=False
    )
    lines = [line for language in LANGUAGES for line in (CORPUS / f"udhr.{language}.txt").read_text(encoding="utf-8").splitlines()]
    tokenizer.train_from_iterator(lines, trainer)
    tokenizer.add_tokens([AddedToken("<|user|>", normalized=False)])
    return tokenizer


def variant(tokenizer, pre):
    """The same vocabulary split as `pre` splits."""
    other = Tokenizer.from_str(tokenizer.to_str())
    other.pre_tokenizer = PRE[pre]()
    if pre == "qwen2":
        other.normalizer = normalizers.NFC()
    if pre == "llama-bpe":
        state = json.loads(other.to_str())
        state["model"]["ignore_merges"] = True
        other = Tokenizer.from_str(json.dumps(state))
    return other


def greedy_spm(text, tokens, scores, kinds, prefix):
    """SentencePiece BPE as llama.cpp runs it: join the adjacent pair with the best score, leftmost first, until none is a token."""
    index = {token: i for i, token in enumerate(tokens)}
    text = text.replace(" ", "▁")
    symbols = list("▁" + text if prefix and text else text)
    while True:
        best = None
        for i in range(len(symbols) - 1):
            token = index.get(symbols[i] + symbols[i + 1])
            if token is not None and kinds[token] == 1 and (best is None or scores[token] > scores[best[1]]):
                best = (i, token)
        if best is None:
            break
        i = best[0]
        symbols[i : i + 2] = [symbols[i] + symbols[i + 1]]
    ids = []
    for symbol in symbols:
        ids += [index[symbol]] if symbol in index else [index[f"<0x{byte:02X}>"] for byte in symbol.encode()]
    return ids


def spm():
    """A small SentencePiece-like vocabulary: control tokens, bytes, pieces scored by rank, single characters last."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    trainer = trainers.BpeTrainer(vocab_size=700, show_progress=False)
    lines = [line for language in ["en", "de", "fr", "ru"] for line in (CORPUS / f"udhr.{language}.txt").read_text(encoding="utf-8").splitlines()]
    tokenizer.train_from_iterator([word if i == 0 else " " + word for line in lines for i, word in enumerate(line.split())], trainer)
    state = json.loads(tokenizer.to_str())["model"]
    pieces = [left + right for left, right in state["merges"]]
    characters = sorted(token for token in state["vocab"] if len(token) == 1)
    tokens = ["<unk>", "<s>", "</s>", "<turn>"] + [f"<0x{byte:02X}>" for byte in range(256)]
    kinds = [2, 3, 3, 4] + [6] * 256
    scores = [0.0] * len(tokens)
    for rank, piece in enumerate([*pieces, *characters]):
        if piece not in tokens:
            tokens.append(piece)
            kinds.append(1)
            scores.append(-float(rank))
    texts = [template.replace("{}", prompt) for _, template, prompt, _, _ in FACTS]
    texts += [text for text in TEXTS if "<|" not in text] + ["aaaa aaaaa", "The everyone  rights"]
    cases = [{"text": text, "prefixed": greedy_spm(text, tokens, scores, kinds, True), "bare": greedy_spm(text, tokens, scores, kinds, False)}
             for text in texts]
    return {"tokens": tokens, "scores": scores, "token_types": kinds, "cases": cases}


def smollm2(path):
    from gguf import GGUFReader

    fields = GGUFReader(path).fields
    tokens = fields["tokenizer.ggml.tokens"].contents()
    merges = [tuple(merge.split(" ")) for merge in fields["tokenizer.ggml.merges"].contents()]
    tokenizer = Tokenizer(models.BPE(vocab={token: i for i, token in enumerate(tokens)}, merges=merges))
    tokenizer.pre_tokenizer = PRE["smollm"]()
    tokenizer.decoder = decoders.ByteLevel()
    kinds = fields["tokenizer.ggml.token_type"].contents()
    tokenizer.add_special_tokens([AddedToken(token, normalized=False) for token, kind in zip(tokens, kinds) if kind == 3])
    return tokenizer


def write(name, value):
    lines = json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace('{"language"', '\n{"language"').replace('{"text"', '\n{"text"')
    (HERE / name).write_text(lines + "\n", encoding="utf-8")


def main():
    tokenizer = tiny()
    (HERE / "tiny.tokenizer.json").write_text(tokenizer.to_str() + "\n", encoding="utf-8")
    pre = {name: text_cases(variant(tokenizer, name)) + [
        {"text": case["prompt"], "ids": variant(tokenizer, name).encode(case["prompt"], add_special_tokens=False).ids}
        for case in fact_cases(tokenizer)] for name in PRE}
    write("tiny.json", {"facts": fact_cases(tokenizer), "texts": text_cases(tokenizer), "pre": pre})
    write("spm.json", spm())
    if path := os.environ.get("LANGEDIT_SMOLLM2"):
        real = smollm2(path)
        write("smollm2.json", {"facts": fact_cases(real), "texts": text_cases(real, [t for t in TEXTS if "<|user|>" not in t]
            + ["<|im_start|>user\nHi<|im_end|>\n<repo_name>x"])})


if __name__ == "__main__":
    main()
