/** The figures in English; the other languages have the same entries. Findings are made from numbers that are already formatted. */

import { COUNTED_WORDS } from '../counted';
import { counter } from '../plural';

const n = counter('en');

export const en = {
  figures: 'Figures',
  keys: 'The arrow keys step through the values.',
  table: 'Table',
  larger: 'Full screen',
  smaller: 'Exit full screen',
  empty: 'Apply an edit, and the figures show what it did to the model and why.',
  noData: 'There is no data for this figure: the method has no closed form, or the report comes from an older version.',
  running: 'The edit is still running: the figures show the steps made so far.',
  step: 'Step',
  layer: 'Layer',
  layerName: (layer: string) => `layer ${layer}`,
  stepName: (step: number, language: string) => `step ${step}, ${language}`,
  language: 'Language',
  metric: 'Metric',
  efficacy: 'Efficacy',
  generality: 'Generality',
  specificity: 'Specificity',
  before: 'before',
  after: 'after',
  view: 'View',
  seed: 'seed',
  direction: 'direction',

  counted: COUNTED_WORDS.en,

  accuracy: {
    title: 'Accuracy before and after',
    about:
      'Hollow: the unedited model. Filled: after the last step. Efficacy asks the edited prompt, generality other wordings of it, specificity unrelated questions.',
    both: 'before → after',
    perStep: 'step by step',
    finding: (before: string, after: string, best: string, bestAfter: string, worst: string, worstAfter: string) =>
      `Average efficacy went from ${before}\u00a0% to ${after}\u00a0%. It is highest in ${best} (${bestAfter}\u00a0%) and lowest in ${worst} (${worstAfter}\u00a0%).`,
    findingSame: (before: string, after: string) =>
      `Average efficacy went from ${before}\u00a0% to ${after}\u00a0% and is the same in every language.`,
    findingOne: (before: string, after: string, language: string) =>
      `Efficacy in ${language} went from ${before}\u00a0% to ${after}\u00a0%.`,
    spot: (language: string, metric: string, before: string, after: string) =>
      `${language}, ${metric}: ${before}\u00a0% before, ${after}\u00a0% after`,
    spotStep: (language: string, metric: string, step: string, value: string) =>
      `${language}, ${metric} after ${step}: ${value}\u00a0%`,
  },

  matrix: {
    title: 'Accuracy matrix',
    about:
      'Each row is a step, named after the language it edited; each column is a language that is asked. Framed: the language edited in that step. Forgetting: how much a language has lost since its best step, counted from its first edit. Of more than 24 steps only some are drawn, evenly spaced; the table has them all.',
    edited: 'edited',
    asked: 'asked',
    forgetting: 'forgetting',
    findingForgets: (language: string, best: string, now: string) =>
      `${language} has forgotten most: it reached ${best}\u00a0% after being edited and is at ${now}\u00a0% now.`,
    findingForgetAlike: (languages: string, points: string) =>
      `${languages} have forgotten most, ${points} points each.`,
    findingKeeps: 'No language has lost accuracy since it was edited.',
    findingTransfer: (from: string, to: string, points: string) =>
      ` Editing ${from} changed ${to} by ${points} points, although no fact had been edited there.`,
    spot: (row: string, column: string, value: string) => `After ${row}: ${value}\u00a0% in ${column}`,
    spotForgetting: (language: string, points: string) => `${language} has lost ${points} points since its best step`,
  },

  spectrum: {
    title: 'Key spectrum',
    about:
      'Eigenvalues of the key covariance, largest first. Directions below the threshold form the null space, which edits may use. Lower curves: the share of key energy in the null space if the cut is made there, for earlier keys and for those of this edit.',
    eigenvalue: 'eigenvalue',
    rank: 'directions, most used first',
    exposed: 'share of key energy in the null space',
    discarded: (count: string) => `${count} protected`,
    kept: (count: string) => `${count} null`,
    own: 'this edit',
    threshold: 'Threshold',
    reset: 'Back to the threshold of the run',
    rerun: 'Rerun with this threshold',
    finding: (threshold: string, kept: string, all: string, energy: string) =>
      `${kept} of ${all} directions are below ${threshold}; together they hold ${energy} of the key energy.`,
    findingLeak: (room: string, language: string, leak: string) =>
      ` An edit can use ${room} of its own key energy there; at most ${leak} of an earlier language’s is exposed (${language}).`,
    findingRoom: (room: string) => ` An edit can use ${room} of its own key energy there.`,
    removed: (count: string) => ` ${count} of them are taken up by earlier edits.`,
    spotValue: (rank: string, value: string) => `Direction ${rank}: eigenvalue ${value}`,
    spotExposed: (rank: string, language: string, share: string) =>
      `Cut after ${rank} directions: ${share} of the energy of ${language} exposed`,
    none: 'This method does not project onto a null space, so there is no threshold to choose.',
  },

  budget: {
    title: 'Null-space budget',
    about:
      'Dimensions of the null space before each step, by layer. The forecast continues the average change per step. Edits fail before the last dimension is gone: a new answer is only written as far as its key lies in the null space.',
    dimensions: 'null dimensions',
    forecast: 'forecast',
    findingFalling: (lost: string, layer: string, left: string, steps: string) =>
      `Each step takes on average ${lost} dimensions of layer ${layer}, which has ${left} left, enough for about ${steps} more steps at this pace. That says nothing about answers: they can be lost, and edits can fail, long before.`,
    findingSteady: (layer: string, left: string, share: string) =>
      `The null space has not shrunk: layer ${layer} has the smallest, ${left} dimensions (${share}).`,
    findingFirst: (layer: string, left: string, share: string) =>
      `Layer ${layer} has the smallest null space: ${left} dimensions (${share}).`,
    spot: (step: string, layer: string, count: string, share: string) =>
      `Before ${step}: ${count} null dimensions in ${layer} (${share})`,
  },

  projection: {
    title: 'Null-space projection',
    about:
      'R Kᵀ is the change that would write the new answers regardless of everything else. The projector P removes the part along directions in use. Bars: squared norms of the two parts, which add up to the whole. Dots: the part along the keys of facts edited before, without P (hollow) and with P (filled).',
    removed: 'removed by P',
    surviving: 'remains',
    along: '‖R Kᵀ‖ along past keys',
    noPast: 'No fact was edited before this step.',
    finding: (removed: string, layer: string) =>
      `In layer ${layer} the projector removes ${removed} of the change: the part along directions that other knowledge uses.`,
    findingAlong: (language: string, factor: string) =>
      ` Along the ${language} keys, what remains is ${factor} times smaller than before.`,
    findingNone: 'This method does not project: the whole change is applied, whatever past keys it meets.',
    spotPart: (layer: string, removed: string, surviving: string) =>
      `${layer}: P removes ${removed}, ${surviving} remains`,
    spotAlong: (language: string, before: string, after: string) =>
      `Along the ${language} keys: ${before} without P, ${after} with P`,
  },

  disturbance: {
    title: 'Disturbance of past facts',
    about:
      'Every fact edited before this step. Line: ‖Σ Δ k‖, predicted from its keys before the update is applied. Bar: how far the hidden state at its edited token moved. It is measured in the model afterwards, so it includes the effects of attention and of earlier edited layers. The accuracy matrix shows whether answers changed.',
    norm: 'change at the edited token',
    predicted: 'predicted',
    measured: 'measured',
    own: 'this step’s own facts',
    finding: (language: string, most: string, own: string, share: string) =>
      `Of the facts edited before, one in ${language} moves most: by ${most}, ${share} of how far the step moves its own facts (${own}).`,
    findingMean: (language: string, mean: string, share: string, predicted: string) =>
      ` On average, those in ${language} move most: ${mean} (${share}); ${predicted} was predicted.`,
    findingLost: (language: string, before: string, after: string) =>
      ` In this step, the efficacy of ${language} fell from ${before}\u00a0% to ${after}\u00a0%.`,
    first: 'This is the first step: there are no past facts to disturb.',
    spot: (fact: string, language: string, predicted: string, measured: string) =>
      `Fact ${fact}, ${language}: ${predicted} predicted, ${measured} measured`,
    fact: 'Fact',
  },

  foresight: {
    title: 'Effect on earlier facts',
    about:
      'Every fact edited before. Line: ‖Σ Δ k‖, predicted from its key before anything is applied. Bar, once applied: how far the fact moved in the model.',
    unit: 'share of how far the new fact moves',
    would: {
      some: (count: number, languages: string, most: string) =>
        `Applying this would move the answers of ${n(count, { one: '# earlier fact', other: '# earlier facts' })} (${languages}) by up to ${most} of what it moves the new one.`,
      none: (least: string) =>
        `Applying this would move no earlier fact by as much as ${least} of what it moves the new one.`,
    },
    did: {
      some: (count: number, languages: string, most: string) =>
        `It moved the answers of ${n(count, { one: '# earlier fact', other: '# earlier facts' })} (${languages}) by up to ${most} of what it moved the new one.`,
      none: (least: string) => `It moved no earlier fact by as much as ${least} of what it moved the new one.`,
    },
    foreseen: (most: string) => ` Predicted: up to ${most}.`,
    spot: (fact: string, language: string, predicted: string) => `Fact ${fact}, ${language}: ${predicted} predicted`,
  },

  overlap: {
    title: 'Language overlap',
    about:
      'Principal angles between the subspaces spanned by the languages’ edited keys: 0° means the same directions, 90° none in common. Only edited languages are shown.',
    finding: (near: string, angle: string, apart: string, far: string) =>
      `Closest, ${angle} apart: ${near}. Farthest, ${far} apart: ${apart}.`,
    pair: (a: string, b: string) => `${a}–${b}`,
    more: (count: number) => n(count, { one: '# other pair', other: '# other pairs' }),
    findingTwo: (a: string, b: string, angle: string) => `The keys of ${a} and ${b} are ${angle} apart.`,
    findingSame: (angle: string) => `All pairs of languages are ${angle} apart.`,
    none: 'Edit facts in two languages to see what their keys have in common.',
    angles: 'angles of each pair',
    wide: 'In a wide figure, the range of each pair’s angles stands beside it: line from smallest to largest, bar over the middle half, tick at the median.',
    statistic: 'Angle',
    least: 'smallest',
    median: 'median',
    greatest: 'largest',
    spot: (a: string, b: string, least: string, median: string, greatest: string) =>
      `${a} and ${b}: median ${median}, from ${least} to ${greatest}`,
  },

  update: {
    title: 'The update',
    about:
      'Norm of the change by layer; the loss during the search for the target values; the change itself, averaged over blocks; and how far the hidden state still was from its target at each layer.',
    norms: '‖Δ‖ by layer',
    map: 'Δ (outputs down, inputs across)',
    losses: 'loss of the target values',
    errors: '‖z − h‖ by layer',
    iteration: 'iteration',
    finding: (layer: string, norm: string, from: string, to: string) =>
      `Layer ${layer} changes most (‖Δ‖ = ${norm}); the loss of the target values fell from ${from} to ${to}.`,
    spotNorm: (layer: string, norm: string) => `${layer}: ‖Δ‖ = ${norm}`,
    spotLoss: (fact: string, iteration: string, loss: string) => `Fact ${fact}, iteration ${iteration}: loss ${loss}`,
    spotError: (layer: string, error: string) => `${layer}: ‖z − h‖ = ${error}`,
    spotCell: (rows: string, columns: string, value: string) =>
      `Rows ${rows}, columns ${columns}: ${value} (root mean square)`,
    loss: 'loss',
  },

  trace: {
    title: 'Causal trace',
    about: (samples: string, window: string) =>
      `Rows: tokens of the prompt, those of the subject in bold. Columns: layers. A cell shows how many points of the answer’s probability come back when the noise-free state is restored there and nowhere else. For MLP and attention, the outputs of the surrounding layers are restored (window: ${window}). Framed: where an edit is written. Mean over ${samples} draws of noise of three standard deviations (ROME, arXiv 2202.05262).`,
    restored: 'Restored',
    components: { state: 'hidden state', mlp: 'MLP', attention: 'attention' },
    scale: 'points of the answer’s probability that come back',
    scaleLost: '; orange: points lost',
    points: (points: string) => `${points} points`,
    edited: 'edited',
    layers: (first: string, last: string) => `layers ${first}–${last}`,
    position: 'Position',
    token: 'Token',
    subject: 'Subject',
    spot: (token: string, layers: string, restored: string, corrupted: string) =>
      `Restored at “${token}”, ${layers}:\nthe answer has ${restored} instead of ${corrupted}`,
    finding: (subject: string, answer: string, clean: string, corrupted: string) =>
      `Noise on “${subject}” takes the answer “${answer}” from ${clean} to ${corrupted}.`,
    findingRobust: (subject: string, answer: string, clean: string, corrupted: string) =>
      `Noise on “${subject}” hardly touches the answer “${answer}”: ${clean} without it, ${corrupted} with it. There is almost nothing to bring back, so the figure says little.`,
    findingBack: (what: string, token: string, layers: string, share: string) =>
      `Restoring “${token}” alone (${what}, ${layers}) brings ${share} of that back.`,
    findingMoves: (layer: string) =>
      `From ${layer} on, the tokens after the subject carry more of it than the subject itself.`,
  },

  merge: {
    title: 'Merged edits',
    about:
      'Each language’s facts are edited separately, starting from the unedited weights; then the edits are merged and every question is asked. Line: the same facts edited in sequence with the method chosen above. Averages over all languages, in percent.',
    sequential: (method: string) => `${method}, in sequence`,
    merge: 'Merge',
    shared: (merge: string) => `${merge} (shared)`,
    finding: (merge: string, efficacy: string, specificity: string) =>
      `Best by efficacy, then by specificity: ${merge}, with ${efficacy}\u00a0% and ${specificity}\u00a0%.`,
    findingBeside: (method: string, efficacy: string, specificity: string) =>
      `${method}: ${efficacy}\u00a0% and ${specificity}\u00a0%.`,
    spot: (merge: string, metric: string, value: string) => `${merge}\n${metric}: ${value}\u00a0%`,
  },

  comparison: {
    title: 'Methods side by side',
    about:
      'Every method edits the same facts, with the same seed, starting from the unedited model. Bars: after the last step. Short lines: the unedited model. Unchanged answers: how many tokens of the answers to unrelated questions are still those of the unedited model. Null dimensions: those of the layer with the fewest, for methods that project. Only measures in which the methods differ are drawn.',
    finding: (best: string, value: string, worst: string, least: string) =>
      `Average efficacy is highest with ${best} (${value}\u00a0%) and lowest with ${worst} (${least}\u00a0%).`,
    findingSame: (value: string) => `All methods reach the same average efficacy: ${value}\u00a0%.`,
    kept: (best: string, value: string, worst: string, least: string) =>
      `Other answers are kept best with ${best} (${value}) and worst with ${worst} (${least}).`,
    keptSame: (value: string) => `All keep as many other answers: ${value}.`,
    keptOf: (kept: string, asked: string) => `${kept} of ${asked}`,
    method: 'Method',
    notMeasured: 'not measured',
    changed: 'Other answers changed',
    same: (list: string) => `Not drawn, because all methods are alike in it: ${list}.`,
    unchanged: 'Unchanged answers',
    others: (asked: string) => `Other answers as before, of ${asked}`,
    nullLeft: 'Null dimensions',
    seconds: 'Seconds a step',
    spot: (method: string, language: string, metric: string, value: string) =>
      `${method}, ${language}, ${metric}: ${value}`,
  },

  formula: {
    title: 'The closed form',
    about: 'The update of one layer in one step. Choose a term to see its values.',
    findingOne: (rank: string, dimension: string) =>
      `One key, projected onto ${rank} of ${dimension} dimensions, gives the update in one solve.`,
    finding: (keys: string, rank: string, dimension: string) =>
      `${keys} keys, projected onto ${rank} of ${dimension} dimensions, give the update in one solve.`,
    findingPlainOne: 'One key gives the update in closed form.',
    findingPlain: (keys: string) => `${keys} keys give the update in closed form.`,
    choose: 'Terms of the formula',
    shape: 'Shape',
    norm: 'Norm',
    condition: 'Condition number',
    rank: 'Rank',
    corner: 'First values',
    terms: {
      update: 'Δ: what is added to the weights of this layer.',
      residuals: 'R: what the outputs at the edited tokens still lack; this layer’s share of it.',
      keys: 'K: the keys, one column per fact: inputs of the edited matrix at the edited tokens.',
      projector:
        'P: the projector onto the null space of the keys of everything that is to stay. It is stored as a basis, so that P² = P holds exactly.',
      inverse: 'The inverse shares the change out among keys that resemble each other. λ keeps it bounded.',
    },
  },

  solver: {
    coming:
      'The engine that computes the update is on its way. Until then you see the keys and what the past ones span.',
    busy: 'The engine is busy; the figure shows its last answer.',
  },
  geometry: {
    title: 'The null space in three dimensions',
    about:
      'A model with three inputs. Past keys belong to knowledge that is to stay. The line or plane they span is protected; the rest is the null space. The new key is split into both parts, and only the part in the null space carries the update. Drag the arrowheads, or move them with the sliders; drag anywhere else to turn the view (on a touch screen, sideways). With a threshold above 0, directions that past keys hardly use also count as null, and get disturbed.',
    past: (index: number) => `past key ${index}`,
    fresh: 'new key',
    projected: 'P k',
    nullspace: 'null space',
    span: 'span of the past keys',
    pastKeys: 'Past keys',
    finding: (share: string, disturbed: string, plain: string) =>
      `${share} of the new key lies in the null space. The update moves the answers to past keys by ${disturbed}; without the projector, by ${plain}.`,
    stuck: 'The past keys span everything: the null space is empty, and any update would disturb them.',
    spot: (name: string, x: string, y: string, z: string) => `${name}: (${x}, ${y}, ${z})`,
    turn: 'Turn the view',
    move: 'Move',
  },
};

export type FigureMessages = typeof en;
