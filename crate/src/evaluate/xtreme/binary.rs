//! Scores of the two-class tasks (XNLI, PAWS-X).

/// What the published parser makes of an answer ([`published_answer`](super::published_answer)): yes where it holds the yes-word anywhere, else
/// no where it holds the no-word, else nothing. So "不是" (no), which contains "是" (yes), is a yes, and "know" a no.
pub fn parse(text: &str, yes: &str, no: &str) -> Option<bool> {
    let text = text.to_lowercase();
    if text.contains(&yes.to_lowercase()) { Some(true) } else { text.contains(&no.to_lowercase()).then_some(false) }
}

/// Predictions of two classes against gold labels; `None` is an answer that is neither.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Confusion {
    /// `[gold][predicted]`, 0 no, 1 yes, 2 neither.
    counts: [[usize; 3]; 2],
}

impl Confusion {
    /// Counts one item.
    pub fn add(&mut self, gold: bool, predicted: Option<bool>) {
        self.counts[usize::from(gold)][predicted.map_or(2, usize::from)] += 1;
    }

    /// Items.
    pub fn total(&self) -> usize {
        self.counts.iter().flatten().sum()
    }

    /// Items whose answer is neither yes nor no.
    pub fn invalid(&self) -> usize {
        self.counts[0][2] + self.counts[1][2]
    }

    /// Share of right answers, in percent.
    pub fn accuracy(&self) -> f64 {
        100.0 * (self.counts[0][0] + self.counts[1][1]) as f64 / self.total().max(1) as f64
    }

    /// F1 of each class weighted by its gold items, in percent. An invalid answer counts against the recall of its gold class and in nobody's
    /// precision, which is what scikit-learn's weighted F1 gives where -1 is a third predicted label without gold items.
    pub fn weighted_f1(&self) -> f64 {
        let total = self.total().max(1) as f64;
        let classes = [0, 1].map(|class| {
            let support: usize = self.counts[class].iter().sum();
            support as f64 / total * self.f1(class)
        });
        100.0 * (classes[0] + classes[1])
    }

    /// Matthews' correlation coefficient of gold and predicted labels, the invalid ones being a third predicted label; 0 where it is undefined.
    pub fn matthews(&self) -> f64 {
        let total = self.total() as f64;
        let predicted = [0, 1, 2].map(|label| (self.counts[0][label] + self.counts[1][label]) as f64);
        let gold = [0, 1].map(|label| self.counts[label].iter().sum::<usize>() as f64);
        let right = (self.counts[0][0] + self.counts[1][1]) as f64;
        let covariance = right * total - predicted[0] * gold[0] - predicted[1] * gold[1];
        let spread_predicted = total * total - predicted.iter().map(|count| count * count).sum::<f64>();
        let spread_gold = total * total - gold.iter().map(|count| count * count).sum::<f64>();
        let scale = (spread_predicted * spread_gold).sqrt();
        if scale > 0.0 { covariance / scale } else { 0.0 }
    }

    fn f1(&self, class: usize) -> f64 {
        let right = self.counts[class][class] as f64;
        let predicted = (self.counts[0][class] + self.counts[1][class]) as f64;
        let gold = self.counts[class].iter().sum::<usize>() as f64;
        if predicted + gold > 0.0 { 2.0 * right / (predicted + gold) } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_parser_takes_words_inside_of_words() {
        assert_eq!(parse(" Yes, it does", "Yes", "No"), Some(true));
        assert_eq!(parse("no.", "Yes", "No"), Some(false));
        assert_eq!(parse("I know", "Yes", "No"), Some(false));
        assert_eq!(parse("maybe", "Yes", "No"), None);
        assert_eq!(parse("不是", "是", "否"), Some(true));
        assert_eq!(parse("否", "是", "否"), Some(false));
    }

    /// Worked out by hand: F1 is 4/7 of "no" and 2/5 of "yes"; the coefficient is (3 * 7 - 3 * 4 - 2 * 3) / sqrt(32 * 24).
    #[test]
    fn the_scores_are_those_of_their_definitions() {
        let mut confusion = Confusion::default();
        for (gold, predicted) in [(1, 1), (1, 0), (1, -1), (0, 0), (0, 0), (0, 1), (0, -1)] {
            confusion.add(
                gold == 1,
                match predicted {
                    -1 => None,
                    label => Some(label == 1),
                },
            );
        }
        assert_eq!((confusion.total(), confusion.invalid()), (7, 2));
        assert!((confusion.weighted_f1() - WEIGHTED_F1).abs() < 1e-9, "{}", confusion.weighted_f1());
        assert!((confusion.matthews() - MATTHEWS).abs() < 1e-9, "{}", confusion.matthews());
        assert!((confusion.accuracy() - 300.0 / 7.0).abs() < 1e-9);
        assert_eq!((Confusion::default().weighted_f1(), Confusion::default().matthews()), (0.0, 0.0));
    }

    const WEIGHTED_F1: f64 = 100.0 * (4.0 / 7.0 * 4.0 / 7.0 + 3.0 / 7.0 * 0.4);
    const MATTHEWS: f64 = 0.108_253_175_473_054_83;
}
