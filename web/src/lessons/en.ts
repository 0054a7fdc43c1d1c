/** The five lessons in English. */

import type { CatalogueChoice } from '../engine/types';
import type { Lesson } from './lesson';

const math = (body: string): string => `<math xmlns="http://www.w3.org/1998/Math/MathML" display="block">${body}</math>`;

const one = (fact: string, object: string, ...languages: string[]): CatalogueChoice => ({ fact, object, languages });

/** The same four facts in language after language: what the paper calls a stream. */
const stream = (...languages: string[]): CatalogueChoice[] =>
  languages.flatMap((language) => [one('capital/FR', 'capital/JP', language), one('currency/BR', 'currency/IN', language), one('continent/EG', 'continent/PE', language)]);

export const lessons: Lesson[] = [
  {
    title: 'Facts as memories',
    prose: [
      'Where does a language model keep the fact that Paris is the capital of France? Much of it in the second matrix of its MLP layers. Such a matrix can be read as a *memory*: what comes in, at the last token of the subject, is a *key* k; what goes out is a *value* v, which pushes the following words towards the answer.',
      'To change a fact, find a value that makes the model say the new answer, and change the matrix so that the key of the subject leads to it. The key comes from the model itself: run the prompt and read the matrix’s input. The value is found by gradient descent, the rest of the model standing still.',
    ],
    formula: {
      mathml: math('<mrow><mi>W</mi><mi>k</mi><mo>=</mo><mi>v</mi><mspace width="2em"/><mo>→</mo><mspace width="2em"/><mo>(</mo><mi>W</mi><mo>+</mo><mi>Δ</mi><mo>)</mo><mi>k</mi><mo>=</mo><msup><mi>v</mi><mo>∗</mo></msup></mrow>'),
      words: 'The matrix W takes the key k to the value v; the changed matrix W + Δ takes it to the new value v*.',
    },
    figure: 'accuracy',
    look: 'Hollow marks are the model before, filled ones after. Efficacy asks the very prompt that was edited, generality other wordings: both should rise. Specificity asks about other things: it should stay.',
    experiment: { choices: [one('capital/FR', 'capital/JP', 'en'), one('currency/BR', 'currency/IN', 'en')], methods: ['langedit'] },
    question: {
      text: 'Why does the edit also change the answers to other wordings of the question?',
      options: [
        { text: 'Because every wording was edited, too', why: 'Only the one prompt was: the other wordings were kept out of the edit on purpose.' },
        { text: 'Because other wordings give nearly the same key at the subject', why: 'Right: the key is read at the subject’s last token, and much of it says who is meant rather than what is asked.' },
        { text: 'Because the model was trained again', why: 'One matrix in a few layers got a change of low rank; nothing was trained.' },
      ],
      right: 1,
    },
  },
  {
    title: 'Why edits interfere',
    prose: [
      'One matrix holds many memories. A change Δ that is right for one key acts on every other key that is not at a right angle to it: the output for an old key moves by Δ times that key. Keys of different facts are never quite at right angles, and the keys of one subject in two languages least of all.',
      'So edit after edit adds small disturbances, and what was edited first suffers most. Watch it with MEMIT, which weighs everyday keys but not the edits that came before.',
    ],
    formula: {
      mathml: math('<mrow><mo>(</mo><mi>W</mi><mo>+</mo><mi>Δ</mi><mo>)</mo><msub><mi>k</mi><mi>old</mi></msub><mo>=</mo><msub><mi>v</mi><mi>old</mi></msub><mo>+</mo><munder><munder><mrow><mi>Δ</mi><msub><mi>k</mi><mi>old</mi></msub></mrow><mo>⏟</mo></munder><mtext>disturbance</mtext></munder></mrow>'),
      words: 'After the change, the old key gives its old value plus Δ times the old key: the disturbance.',
    },
    figure: 'matrix',
    look: 'A row is a step, a column the language that is asked. Framed cells are the language just edited. Read a column downwards from its framed cell: does it fade?',
    experiment: { choices: stream('en', 'de', 'fr'), methods: ['memit'] },
    question: {
      text: 'An update moves a new key by 1. By how much does it move an old key that is at a right angle to the new one, in the simplest case of an update of rank one, Δ = r kᵀ?',
      options: [
        { text: 'By 1 as well', why: 'Δ k_old = r (kᵀ k_old), and kᵀ k_old is zero at a right angle.' },
        { text: 'Not at all', why: 'Right: Δ k_old = r (kᵀ k_old) = 0. Interference is overlap of keys.' },
        { text: 'It depends on the model’s size', why: 'In larger models keys overlap less, but what decides is the angle itself.' },
      ],
      right: 1,
    },
  },
  {
    title: 'What a null space is',
    prose: [
      'Take the keys that must not be disturbed. They span a space: in the figure a line, or a plane. Everything at right angles to it is their *null space*. A change that acts only on directions of the null space does nothing to any of those keys, however large it is.',
      'The projector P keeps of a key what lies in the null space and removes the rest. Replace the update Δ by ΔP: the old keys are safe *exactly*, not approximately. What you pay: of the new key, only its part in the null space can carry the edit. Move the new key into the span of the old ones and see that nothing is left.',
    ],
    formula: {
      mathml: math('<mrow><mi>P</mi><mo>=</mo><mi>I</mi><mo>−</mo><mi>U</mi><msup><mi>U</mi><mi>T</mi></msup><mo>,</mo><mspace width="2em"/><mi>P</mi><msub><mi>k</mi><mi>old</mi></msub><mo>=</mo><mn>0</mn><mspace width="1em"/><mo>⇒</mo><mspace width="1em"/><mi>Δ</mi><mi>P</mi><msub><mi>k</mi><mi>old</mi></msub><mo>=</mo><mn>0</mn></mrow>'),
      words: 'The columns of U are an orthonormal basis of the span of old keys. P takes every old key to zero, and so does ΔP.',
    },
    figure: 'geometry',
    look: 'Drag the arrow heads, or choose a vector and use the sliders. The threshold lets directions that are hardly used count as null: more room for the edit, and a leak.',
    experiment: null,
    question: {
      text: 'The new key lies entirely within the span of the old keys. What can a projected update do for it?',
      options: [
        { text: 'Nothing: P k is zero', why: 'Right. To edit such a fact one must disturb others, or raise the threshold and accept a leak.' },
        { text: 'Half of the edit', why: 'P k is zero then; half of zero is zero.' },
        { text: 'Everything, since old keys are safe', why: 'They are safe because the update does nothing in their span, where the new key is.' },
      ],
      right: 0,
    },
  },
  {
    title: 'A stream of languages',
    prose: [
      'The same facts are edited language after language. AlphaEdit computes its null space once, from everyday keys: it protects what the model knew, not what was edited a moment ago. *LangEdit* takes every edited language into the covariance and computes the null space anew before each step, so that German is edited where neither everyday text nor English is disturbed.',
      'In the public code and in this page the weight of an edited key is a setting: counted as one token among thousands it would vanish. How much there is to gain depends on how far apart the languages’ keys lie; the figure says what it is for this model and these facts, whichever way it comes out.',
    ],
    formula: {
      mathml: math('<mrow><msub><mi>C</mi><mi>t</mi></msub><mo>=</mo><mfrac><mrow><mi>N</mi><msub><mi>C</mi><mrow><mi>t</mi><mo>−</mo><mn>1</mn></mrow></msub><mo>+</mo><msub><mi>K</mi><mi>t</mi></msub><msubsup><mi>K</mi><mi>t</mi><mi>T</mi></msubsup></mrow><mrow><mi>N</mi><mo>+</mo><msub><mi>n</mi><mi>t</mi></msub></mrow></mfrac><mo>,</mo><mspace width="2em"/><mi>Δ</mi><mo>=</mo><mi>R</mi><msup><mi>K</mi><mi>T</mi></msup><mi>P</mi><msup><mrow><mo>(</mo><mi>K</mi><msup><mi>K</mi><mi>T</mi></msup><mi>P</mi><mo>+</mo><mi>I</mi><mo>)</mo></mrow><mrow><mo>−</mo><mn>1</mn></mrow></msup></mrow>'),
      words: 'The covariance is the running mean over everything seen so far; the update is least squares inside the null space that the covariance before the step leaves.',
    },
    figure: 'matrix',
    look: 'Two matrices, the same facts. Compare the columns below the framed cells: what does each method do to the languages edited first?',
    experiment: { choices: stream('en', 'de', 'nl', 'fr'), methods: ['alphaedit', 'langedit'] },
    question: {
      text: 'In the first step, how do the two methods differ?',
      options: [
        { text: 'LangEdit’s null space is larger', why: 'Before the first step nothing has been edited: both look at the same everyday keys.' },
        { text: 'In nothing but the regulariser: the null space is the same', why: 'Right: they part from the second step on, when LangEdit knows of the first.' },
        { text: 'AlphaEdit does not project', why: 'It does: into the null space of everyday keys.' },
      ],
      right: 1,
    },
  },
  {
    title: 'When the null space is used up',
    prose: [
      'Room is finite. Every protected direction is one that later edits cannot use. Follow the budget: dimensions of the null space before each step, and the forecast. When it nears zero, updates grow large in what little is left, and at zero nothing can be edited at all.',
      'What to do then? Raise the threshold and accept a leak; edit wider or more layers; forget protections that no longer matter. Or *merge*: edit each language from the unedited model by itself, and add the updates afterwards. Merging needs no order and no running covariance, and pays with interference that nobody prevented.',
    ],
    formula: {
      mathml: math('<mrow><mi>dim</mi><mo>⁡</mo><mo>null</mo><mo>(</mo><msub><mi>C</mi><mi>t</mi></msub><mo>)</mo><mo>=</mo><mi>d</mi><mo>−</mo><mi>rank</mi><mo>⁡</mo><mo>(</mo><msub><mi>C</mi><mi>t</mi></msub><mo>)</mo><mspace width="2em"/><mi>W</mi><mo>=</mo><msub><mi>W</mi><mn>0</mn></msub><mo>+</mo><munder><mo>∑</mo><mi>ℓ</mi></munder><msub><mi>Δ</mi><mi>ℓ</mi></msub></mrow>'),
      words: 'The null space has as many dimensions as are left beside the rank of the covariance. Merging adds the updates of all languages to the unedited weights.',
    },
    figure: 'budget',
    look: 'Each line is a layer. With a threshold that is a share of the keys’ energy, the null space can even grow: edited keys dominate the energy, and everyday directions fall below the share. Is that protection or the loss of it?',
    experiment: { choices: stream('en', 'de', 'nl', 'fr', 'es', 'zh'), methods: ['langedit'] },
    question: {
      text: 'The null space of the run has grown while facts were edited. What does that mean?',
      options: [
        { text: 'More room, so all the better', why: 'The room came from directions of everyday text that are no longer protected.' },
        { text: 'The threshold now cuts off directions that everyday text uses', why: 'Right: a share of an energy that edited keys dominate protects everyday text less and less.' },
        { text: 'The model has learned to need fewer directions', why: 'The keys of everyday text have not changed; what is counted has.' },
      ],
      right: 1,
    },
  },
];
