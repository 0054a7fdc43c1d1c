//! Chinese words as jieba 0.42.1 cuts them by default, which is what LangEdit's code compares: the likeliest sequence of dictionary words, and
//! for runs of characters that are no words a hidden Markov model of beginnings, middles, ends and single characters.

use std::collections::HashMap;
use std::sync::LazyLock;

/// `crate/data/jieba/README.md` says where it comes from and how it is laid out.
const DATA: &[u8] = include_bytes!("../../../../data/jieba/words.txt.zlib");

/// Log-probability of what the model has not seen.
const UNSEEN: f64 = -3.14e100;
/// States of the model: a character begins a word, is inside, ends it, or is one.
const STATES: usize = 4;
const BEGIN: usize = 0;
const END: usize = 1;
const MIDDLE: usize = 2;
const SINGLE: usize = 3;
/// `ln p` of the first state.
const START: [f64; STATES] = [-0.262_686_608_092_500_16, UNSEEN, UNSEEN, -1.465_263_339_853_767_8];
/// The two states before each, and `ln p` of the step; of equals the second is taken.
const BEFORE: [[(usize, f64); 2]; STATES] = [
    [(END, -0.589_714_973_685_451_3), (SINGLE, -0.721_196_565_466_984_1)],
    [(BEGIN, -0.510_825_623_765_99), (MIDDLE, -0.333_448_568_119_485_14)],
    [(BEGIN, -0.916_290_731_874_155), (MIDDLE, -1.260_362_382_026_822_6)],
    [(END, -0.808_525_047_466_993_7), (SINGLE, -0.665_863_144_821_119_7)],
];

struct Words {
    counts: HashMap<&'static str, u32>,
    /// ln of all counts.
    log_total: f64,
    /// Characters of the longest word.
    longest: usize,
    /// `ln p(character | state)`.
    emissions: [HashMap<char, f64>; STATES],
}

/// The words of `text`, in order; all of the text, white space and punctuation being words too.
pub(super) fn words(text: &str) -> Vec<String> {
    static TEXT: LazyLock<String> = LazyLock::new(|| {
        let bytes = miniz_oxide::inflate::decompress_to_vec_zlib(DATA).unwrap_or_default();
        String::from_utf8(bytes).unwrap_or_default()
    });
    static WORDS: LazyLock<Words> = LazyLock::new(|| Words::parse(&TEXT));
    let characters: Vec<char> = text.chars().collect();
    let mut cut = Vec::new();
    for (is_block, run) in alternating(&characters, is_block) {
        if is_block { WORDS.cut_block(run, &mut cut) } else { cut_between(run, &mut cut) }
    }
    cut
}

/// A character that blocks are made of; everything between them is a word for itself.
fn is_block(character: char) -> bool {
    is_chinese(character) || character.is_ascii_alphanumeric() || "+#&._%-".contains(character)
}

fn is_chinese(character: char) -> bool {
    ('\u{4e00}'..='\u{9fd5}').contains(&character)
}

/// The maximal runs in which `is` is the same.
fn alternating(characters: &[char], is: fn(char) -> bool) -> impl Iterator<Item = (bool, &[char])> {
    characters.chunk_by(move |a, b| is(*a) == is(*b)).map(move |run| (is(run[0]), run))
}

fn text(characters: &[char]) -> String {
    characters.iter().collect()
}

/// Character by character, a line's end of two characters being one.
fn cut_between(mut run: &[char], cut: &mut Vec<String>) {
    while !run.is_empty() {
        let length = if run.starts_with(&['\r', '\n']) { 2 } else { 1 };
        cut.push(text(&run[..length]));
        run = &run[length..];
    }
}

impl Words {
    fn parse(text: &'static str) -> Self {
        let mut sections = text.split("\n\n");
        let pairs = |section: Option<&'static str>| section.unwrap_or_default().lines().filter_map(|line| line.split_once('\t'));
        let mut counts: HashMap<&str, u32> = pairs(sections.next()).filter_map(|(word, count)| Some((word, count.parse().ok()?))).collect();
        let total = counts.remove("total").unwrap_or(1);
        let longest = counts.keys().map(|word| word.chars().count()).max().unwrap_or(1);
        let mut state = || -> HashMap<char, f64> {
            pairs(sections.next()).filter_map(|(character, value)| Some((character.chars().next()?, value.parse().ok()?))).collect()
        };
        let emissions = [state(), state(), state(), state()];
        Self { counts, log_total: f64::from(total).ln(), longest, emissions }
    }

    /// The sequence of words with the largest product of frequencies; single characters in a row that are no word together go to the model.
    fn cut_block(&self, block: &[char], cut: &mut Vec<String>) {
        // From the end: the best value from here on, and where the first word ends.
        let mut best = vec![(0.0, 0); block.len() + 1];
        for start in (0..block.len()).rev() {
            let value = |count: u32, end: usize| f64::from(count).ln() - self.log_total + best[end].0;
            let mut word = String::new();
            let mut chosen: Option<(f64, usize)> = None;
            for end in start + 1..=block.len().min(start + self.longest) {
                word.push(block[end - 1]);
                if let Some(&count) = self.counts.get(word.as_str()) {
                    let value = value(count, end);
                    // Of equals the longer.
                    if chosen.is_none_or(|(best, _)| value >= best) {
                        chosen = Some((value, end));
                    }
                }
            }
            best[start] = chosen.unwrap_or_else(|| (value(1, start + 1), start + 1));
        }
        let (mut at, mut singles) = (0, 0..0);
        while at < block.len() {
            let end = best[at].1;
            if end - at == 1 {
                singles.end = end;
            } else {
                self.cut_singles(&block[singles.clone()], cut);
                cut.push(text(&block[at..end]));
                singles = end..end;
            }
            at = end;
        }
        self.cut_singles(&block[singles], cut);
    }

    fn cut_singles(&self, run: &[char], cut: &mut Vec<String>) {
        if run.len() < 2 || self.counts.contains_key(text(run).as_str()) {
            return cut.extend(run.iter().map(char::to_string));
        }
        for (is_chinese, run) in alternating(run, is_chinese) {
            if is_chinese { self.cut_by_model(run, cut) } else { cut_latin(run, cut) }
        }
    }

    /// The likeliest states by Viterbi's algorithm, and the words that they mean.
    fn cut_by_model(&self, run: &[char], cut: &mut Vec<String>) {
        let emission = |state: usize, character: char| self.emissions[state].get(&character).copied().unwrap_or(UNSEEN);
        let mut values: [f64; STATES] = std::array::from_fn(|state| START[state] + emission(state, run[0]));
        let mut steps: Vec<[usize; STATES]> = Vec::with_capacity(run.len());
        for &character in &run[1..] {
            let best: [(f64, usize); STATES] = std::array::from_fn(|state| {
                let [first, second] = BEFORE[state].map(|(before, step)| (values[before] + step + emission(state, character), before));
                if second.0 >= first.0 { second } else { first }
            });
            values = best.map(|(value, _)| value);
            steps.push(best.map(|(_, before)| before));
        }
        let mut state = if values[SINGLE] >= values[END] { SINGLE } else { END };
        let mut states = vec![state; run.len()];
        for (at, step) in steps.iter().enumerate().rev() {
            state = step[state];
            states[at] = state;
        }
        let mut begun = 0;
        for (at, state) in states.into_iter().enumerate() {
            if state == END || state == SINGLE {
                // A beginning moves to where the word begins, so that nothing is lost.
                cut.push(text(&run[begun..=at]));
                begun = at + 1;
            }
        }
    }
}

/// Letters and digits with a decimal part and a per cent sign are a word, and so is what is between two of them.
fn cut_latin(run: &[char], cut: &mut Vec<String>) {
    let (mut at, mut between) = (0, 0);
    while at < run.len() {
        if !run[at].is_ascii_alphanumeric() {
            at += 1;
            continue;
        }
        if between < at {
            cut.push(text(&run[between..at]));
        }
        let while_is = |from: usize, is: fn(&char) -> bool| from + run[from..].iter().take_while(|c| is(c)).count();
        let mut end = while_is(at, char::is_ascii_alphanumeric);
        if run.get(end) == Some(&'.') && run.get(end + 1).is_some_and(char::is_ascii_digit) {
            end = while_is(end + 1, char::is_ascii_digit);
        }
        end += usize::from(run.get(end) == Some(&'%'));
        cut.push(text(&run[at..end]));
        (at, between) = (end, end);
    }
    if between < run.len() {
        cut.push(text(&run[between..]));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `jieba.lcut` gives for these (0.42.1).
    #[test]
    fn words_are_those_of_jieba() {
        for (text, expected) in [
            ("", &[][..]),
            ("奥尔斯克是维尔丹的首都", &["奥尔斯克", "是", "维尔", "丹", "的", "首都"][..]),
            ("他来到了网易杭研大厦", &["他", "来到", "了", "网易", "杭研", "大厦"][..]),
            (
                "abc网球拍卖会def 1.5%，20. u.s.a. \r\n\t１",
                &["abc", "网球", "拍卖会", "def", " ", "1.5%", "，", "20", ".", " ", "u", ".", "s", ".", "a", ".", " ", "\r\n", "\t", "１"]
                    [..],
            ),
            ("哈利波特A1 WES-5.4.5_x", &["哈利波", "特", "A1", " ", "WES", "-", "5.4", ".", "5", "_", "x"][..]),
            ("小明硕士毕业于中国科学院计算所", &["小明", "硕士", "毕业", "于", "中国科学院", "计算所"][..]),
            ("两 块 金 牌。", &["两", " ", "块", " ", "金", " ", "牌", "。"][..]),
            ("㐀龦𠀀好", &["㐀", "龦", "𠀀", "好"][..]),
        ] {
            assert_eq!(words(text), expected);
        }
    }
}
