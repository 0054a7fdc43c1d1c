/** The figures in English; the other languages have the same entries. Findings are made from numbers that are already formatted. */
export const en = {
  figures: 'Figures',
  keys: 'The arrow keys read the values one by one.',
  table: 'Table',
  larger: 'Full screen',
  smaller: 'Leave full screen',
  empty: 'Edit a fact, and the figures show what the edit did to the model, and why.',
  noData:
    'There are no data for this figure: the method solves nothing in closed form, or the report was made by an older version.',
  running: 'The edit is running: the figures show the steps made so far.',
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
  direction: 'directions',

  accuracy: {
    title: 'Accuracy before and after',
    about:
      'Hollow: the unedited model. Filled: after the last step. Efficacy asks the edited prompt, generality other wordings, specificity unrelated questions.',
    both: 'before → after',
    perStep: 'step by step',
    finding: (before: string, after: string, best: string, bestAfter: string, worst: string, worstAfter: string) =>
      `Efficacy rose from ${before}\u00a0% to ${after}\u00a0% on average; it is highest in ${best} (${bestAfter}\u00a0%) and lowest in ${worst} (${worstAfter}\u00a0%).`,
    findingSame: (before: string, after: string) =>
      `Efficacy went from ${before}\u00a0% to ${after}\u00a0% on average, and is the same in every language.`,
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
      'A row is a step, named by the language that it edited; a column is the language that is asked. Framed: the language edited in that step. Forgetting: what a language has lost since its best step from its first edit on.',
    edited: 'edited',
    asked: 'asked',
    forgetting: 'forgetting',
    findingForgets: (language: string, best: string, now: string) =>
      `${language} has forgotten most: it had up to ${best}\u00a0% after being edited and has ${now}\u00a0% now.`,
    findingKeeps: 'No language has lost accuracy since it was edited.',
    findingTransfer: (from: string, to: string, points: string) =>
      ` Editing ${from} moved ${to} by ${points} points although no fact in it had been edited.`,
    spot: (row: string, column: string, value: string) => `After ${row}: ${value}\u00a0% in ${column}`,
    spotForgetting: (language: string, points: string) => `${language} has lost ${points} points since its best step`,
  },

  spectrum: {
    title: 'Key spectrum',
    about:
      'Eigenvalues of the key covariance, largest first. Directions below the threshold are the null space, which edits may use. Below: what share of the energy of earlier keys and of this edit’s own keys lies in the null space if the cut is made there.',
    eigenvalue: 'eigenvalue',
    rank: 'directions, from the most used',
    exposed: 'share of the keys’ energy in the null space',
    discarded: (count: string) => `${count} protected`,
    kept: (count: string) => `${count} null`,
    own: 'this edit',
    threshold: 'Threshold',
    reset: 'Back to the run’s threshold',
    rerun: 'Run again with it',
    finding: (threshold: string, kept: string, all: string, energy: string) =>
      `Below ${threshold} lie ${kept} of ${all} directions; they hold ${energy} of the keys’ energy.`,
    findingLeak: (room: string, language: string, leak: string) =>
      ` An edit can use ${room} of its keys’ energy there, and would touch at most ${leak} of an earlier language’s (${language}).`,
    findingRoom: (room: string) => ` An edit can use ${room} of its keys’ energy there.`,
    removed: (count: string) => ` ${count} of them were given to earlier edits.`,
    spotValue: (rank: string, value: string) => `Direction ${rank}: eigenvalue ${value}`,
    spotExposed: (rank: string, language: string, share: string) =>
      `Cut after ${rank} directions: ${share} of the energy of ${language} exposed`,
    none: 'This method does not project onto a null space, so there is no spectrum to cut.',
  },

  budget: {
    title: 'Null-space budget',
    about:
      'Dimensions of the null space before each step, by layer. The forecast goes on with the mean change of a step.',
    dimensions: 'null dimensions',
    forecast: 'forecast',
    findingFalling: (lost: string, layer: string, left: string, steps: string) =>
      `Each step takes ${lost} dimensions on average; layer ${layer} has ${left} left, enough for about ${steps} more steps like these.`,
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
      'R Kᵀ is the change that would write the new answers without regard to anything else. The projector P removes what lies along directions in use. Bars: squared norms of both parts, which add up to the whole. Dots: the part along the keys of facts edited before, without P (hollow) and with it (filled).',
    removed: 'removed by P',
    surviving: 'survives',
    along: '‖R Kᵀ‖ along past keys',
    noPast: 'No fact was edited before this step.',
    finding: (removed: string, layer: string) =>
      `In layer ${layer} the projector removes ${removed} of the change, the part along directions that other knowledge uses.`,
    findingAlong: (language: string, factor: string) =>
      ` What is left of it along the ${language} keys is ${factor} times smaller than before.`,
    findingNone: 'This method does not project: the whole change is applied, past keys or not.',
    spotPart: (layer: string, removed: string, surviving: string) =>
      `${layer}: P removes ${removed}, ${surviving} survives`,
    spotAlong: (language: string, before: string, after: string) =>
      `Along the ${language} keys: ${before} without P, ${after} with it`,
  },

  disturbance: {
    title: 'Disturbance of past facts',
    about:
      'Every fact edited before this step. Line: ‖Σ Δ k‖, predicted from its keys before the update is applied. Bar: how far the hidden state at its edited token moved, measured in the model afterwards, with what attention and the edited layers before make of it.',
    norm: 'change at the edited token',
    predicted: 'predicted',
    measured: 'measured',
    own: 'this step’s own facts',
    finding: (language: string, measured: string, own: string, share: string) =>
      `The step moves its own facts by ${own}; of the facts edited before, those in ${language} move most, by ${measured} on average, ${share} of that.`,
    findingPredicted: (predicted: string) => ` Predicted for them: ${predicted}.`,
    first: 'This is the first step: there are no past facts to disturb.',
    spot: (fact: string, language: string, predicted: string, measured: string) =>
      `Fact ${fact}, ${language}: ${predicted} predicted, ${measured} measured`,
    fact: 'Fact',
  },

  foresight: {
    title: 'Effect on earlier facts',
    about:
      'Every fact edited before. Stroke: ‖Σ Δ k‖, predicted from its key before anything is applied. Bar, once applied: how far it moved in the model.',
    unit: 'share of what the new fact moves',
    would: {
      some: (count: number, languages: string, most: string) =>
        `Applying this would move the answers of ${count} earlier ${count === 1 ? 'fact' : 'facts'} (${languages}) by up to ${most} of what it moves the new one.`,
      none: (least: string) =>
        `Applying this would move no earlier fact by as much as ${least} of what it moves the new one.`,
    },
    did: {
      some: (count: number, languages: string, most: string) =>
        `It moved the answers of ${count} earlier ${count === 1 ? 'fact' : 'facts'} (${languages}) by up to ${most} of what it moved the new one.`,
      none: (least: string) => `It moved no earlier fact by as much as ${least} of what it moved the new one.`,
    },
    foreseen: (most: string) => ` Predicted: up to ${most}.`,
    spot: (fact: string, language: string, predicted: string) => `Fact ${fact}, ${language}: ${predicted} predicted`,
  },

  overlap: {
    title: 'Language overlap',
    about:
      'Principal angles between the subspaces that the languages’ edited keys span: 0° means the same directions, 90° none in common. Only languages that were edited are shown.',
    finding: (a: string, b: string, angle: string, c: string, d: string, far: string) =>
      `${a} and ${b} lie closest, ${angle} apart; ${c} and ${d} farthest, ${far}.`,
    findingTwo: (a: string, b: string, angle: string) => `The keys of ${a} and ${b} lie ${angle} apart.`,
    none: 'Edit facts in two languages to see what their keys share.',
    statistic: 'Angle',
    least: 'least',
    median: 'median',
    greatest: 'greatest',
    spot: (a: string, b: string, least: string, median: string, greatest: string) =>
      `${a} and ${b}: ${median} in the middle, from ${least} to ${greatest}`,
  },

  update: {
    title: 'The update',
    about:
      'Norm of the change by layer; the loss of the target values while they were looked for; the change itself, down-sampled to blocks; and how far the hidden state was from its target when each layer’s turn came.',
    norms: '‖Δ‖ by layer',
    map: 'Δ (outputs down, inputs across)',
    losses: 'loss of the target values',
    errors: '‖z − h‖ by layer',
    iteration: 'iteration',
    finding: (layer: string, norm: string, from: string, to: string) =>
      `Layer ${layer} changes most (‖Δ‖ = ${norm}); the targets’ loss fell from ${from} to ${to}.`,
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
      `Rows: tokens of the prompt, the subject’s in bold. Columns: layers. A cell says how many points of the answer’s probability come back when the state of the run without noise is put back there and nowhere else; for MLP and attention, the outputs of the layers around it (window: ${window}). Framed: where an edit writes. Mean over ${samples} draws of noise of three standard deviations (ROME, arXiv 2202.05262).`,
    restored: 'Put back',
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
      `Put back at “${token}”, ${layers}:\nthe answer has ${restored} instead of ${corrupted}`,
    finding: (subject: string, answer: string, clean: string, corrupted: string) =>
      `Noise on “${subject}” takes the answer “${answer}” from ${clean} to ${corrupted}.`,
    findingRobust: (subject: string, answer: string, clean: string, corrupted: string) =>
      `Noise on “${subject}” hardly touches the answer “${answer}”: ${clean} without it, ${corrupted} with it. There is next to nothing to bring back, so the picture says little.`,
    findingBack: (what: string, token: string, layers: string, share: string) =>
      `Put back at “${token}” alone (${what}, ${layers}), ${share} of that returns.`,
    findingMoves: (layer: string) => `From ${layer} on the tokens behind the subject hold more of it than the subject.`,
  },

  merge: {
    title: 'Merged edits',
    about:
      'Each language’s facts are edited alone, from the unedited weights; the edits are merged and every question is asked. Line: the same facts in the order of the edits, with the method that is chosen. Averages over languages, in percent.',
    sequential: (method: string) => `${method}, in sequence`,
    merge: 'Merge',
    shared: (merge: string) => `${merge}, shared`,
    finding: (merge: string, efficacy: string, specificity: string) =>
      `The merge with the highest efficacy is ${merge}: ${efficacy}\u00a0%, with ${specificity}\u00a0% specificity.`,
    findingBeside: (method: string, efficacy: string, specificity: string) =>
      `${method}: ${efficacy}\u00a0% and ${specificity}\u00a0%.`,
    spot: (merge: string, metric: string, value: string) => `${merge}\n${metric}: ${value}\u00a0%`,
  },

  formula: {
    title: 'The closed form',
    about: 'The update of one layer in one step. Choose a term to see what it was.',
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
      residuals: 'R: what the outputs at the edited tokens lack, this layer’s share.',
      keys: 'K: the keys, one column a fact: inputs of the edited matrix at the edited tokens.',
      projector:
        'P: the projector onto the null space of the keys of everything that is to stay. Kept as a basis, so that P² = P exactly.',
      inverse: 'The inverse shares the change among keys that resemble each other. λ keeps it bounded.',
    },
  },

  solver: {
    coming:
      'The engine that solves for the update is on its way. Until then you see the keys and what the past ones span.',
    busy: 'The engine is busy; what is drawn is its last answer.',
  },
  geometry: {
    title: 'The null space in three dimensions',
    about:
      'A model with three inputs. Orange: keys of knowledge that is to stay. The plane or line they span is protected; the rest is the null space. The new key is split into both parts, and only the part in the null space carries the update. Drag the ends of the arrows, or move them with the sliders; drag elsewhere to turn the view. Above a threshold of 0, directions that past keys use little count as null too, and are disturbed.',
    past: (index: number) => `past key ${index}`,
    fresh: 'new key',
    projected: 'P k',
    nullspace: 'null space',
    span: 'span of the past keys',
    pastKeys: 'Past keys',
    finding: (share: string, disturbed: string, plain: string) =>
      `${share} of the new key lies in the null space. The update moves past keys by ${disturbed}; without the projector it would move them by ${plain}.`,
    stuck: 'The past keys span everything: the null space is empty, and no update is possible without disturbing them.',
    spot: (name: string, x: string, y: string, z: string) => `${name}: (${x}, ${y}, ${z})`,
    turn: 'Turn the view',
    move: 'Move',
  },
};

export type FigureMessages = typeof en;
