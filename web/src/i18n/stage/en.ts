/** The stage in English; the other languages have the same entries. Numbers are formatted already. */

export const en = {
  answers: 'Answers by language',
  another: 'Another fact',
  anotherHint: 'Picks a fact at random',
  changeFact: 'Choose another fact',
  search: 'Search facts',
  nothingFound: 'No such fact in the catalogue.',
  searchHint: 'capital of Japan, Kafka, gold …',
  change: 'change the answer',
  clickToChange: 'click the answer to change it',
  tapToChange: 'tap the answer to change it',
  suggestions: 'Other answers',
  states: {
    asbefore: 'as before',
    edited: 'edited',
    followed: 'followed without being edited',
    changed: 'changed without being edited',
  },
  lessSure: 'as before, but much less sure',
  editedOtherwise: (written: string) => `edited to “${written}”, but answers something else`,
  editing: 'editing …',
  waiting: 'waiting …',
  unasked: 'not asked yet',
  asking: 'asking …',
  /** What the page does meanwhile. */
  askingFor: {
    others: 'Asking the other facts',
    turned: 'Trying the switch the other way',
    edits: 'Asking the edited facts',
  },
  row: (language: string, answer: string, share: string) => `${language}: ${answer}${share && ` (${share})`}`,
  /** Read out when a row has its new answer. */
  said: (language: string, answer: string, state: string) => `${language}: ${answer}, ${state}.`,
  lesson: 'Answer to teach',
  teach: 'Teach all six',
  teachWhat: (answer: string) => `Teach all six: ${answer}`,
  /** Nothing is left to do. */
  taughtWhat: (answer: string) => `All six taught: ${answer}`,
  /** Below the field of an answer: who gets it. */
  onlyHere: (language: string) => `Only in ${language}; “Teach all six” writes it everywhere.`,
  wouldGet: (answer: string) => `would become “${answer}”`,
  addLoadWhat: 'Add load: +120 facts',
  loadHint: 'Edits 20 more facts in each of the six languages, drawn from the catalogue.',
  loadRecorded: 'Recorded earlier; now being run here.',
  loadTitle: 'Other answers kept as edits add up',
  loadWhat: 'LangEdit, recorded on this model',
  loadTold: (count: string, withP: string, withoutP: string) =>
    `After ${count} edits, ${withP} of the other answers are kept with P and ${withoutP} without.`,
  others: 'What else moved',
  ofCount: (count: string) => `of ${count}`,
  keptOf: (kept: string, asked: string) => `${kept} of ${asked}`,
  keptWords: 'other answers are as before',
  keptRow: (language: string, kept: string, asked: string) =>
    `${language}: ${kept} of ${asked} other answers as before`,
  askRest: 'Ask the rest',
  wouldMove: 'changes when the switch is flipped',
  /** What a mark says. */
  changedMark: 'changed',
  /** With P, or without it. */
  changedOnly: (which: string) => `changed only ${which}`,
  asBefore: (answer: string) => `${answer}, as before`,
  about: { relation: 'the same kind of fact', subject: 'the same subject', other: 'another fact' },
  /** The same above the marks; facts about the same subject stand below its name. */
  kinds: { relation: 'same kind', other: 'others' },
  marksHint: 'The arrow keys step through the facts.',
  unprojected: 'This method has no projector: nothing is taken away.',
  methods: 'Method of all edits',
  projection: 'The projection',
  switchName: 'Projection',
  on: 'on',
  off: 'off',
  switchNeeds: 'The switch works with the method LangEdit.',
  mergedNeeds: 'These edits are merged: method and projection are those of the merge.',
  before:
    'Change an answer: this shows the part of the change that the projector P takes away to protect other answers.',
  takes: (answer: string, share: string) =>
    `${share} of the change that writes ${answer} runs along directions that other knowledge uses. The projector P takes that part away.`,
  takesMany: (share: string) =>
    `${share} of the last change runs along directions that other knowledge uses. The projector P takes that part away.`,
  writesAll: 'Without the projection, the whole change is written, whatever else it disturbs.',
  both: (edits: string, here: string, asked: string, there: string) =>
    `After ${edits}, ${here} of ${asked} other answers ${here === '1' ? 'has' : 'have'} changed. Without the projection, it would be ${there}.`,
  bothOff: (edits: string, here: string, asked: string, there: string) =>
    `Without the projection, ${here} of ${asked} other answers ${here === '1' ? 'has' : 'have'} changed after ${edits}. With it, it would be ${there}.`,
  /** The same of a method without the switch. */
  moved: (edits: string, method: string, here: string, asked: string) =>
    `After ${edits} with ${method}, ${here} of ${asked} other answers ${here === '1' ? 'has' : 'have'} changed.`,
  movedElse: (list: string) => `Other methods: ${list}.`,
  edits: (count: number, shown: string) => (count === 1 ? 'one edit' : `${shown} edits`),
  free: 'free directions',
  freeOf: (free: string, all: string) => `${free} of ${all}`,
  used: 'directions that other knowledge uses',
  whole: 'whole change',
  removed: (share: string) => `P takes away ${share}`,
  written: 'written',
  writtenWhole: 'written in full',
  lands: 'hits other facts',
  figureOn: (share: string) =>
    `The change as an arrow: ${share} of it lies along directions that other knowledge uses and is taken away; the rest is written.`,
  figureOff: 'The change as an arrow, written in full.',
  figureNone: 'Free directions upwards, directions that other knowledge uses to the right.',
  shift: 'How far other answers shift',
  shiftWhat: 'mean change in their probability, in points',
  withP: 'with P',
  withoutP: 'without P',
  shiftRow: (language: string, withP: string, withoutP: string) =>
    `${language}, points: ${withP} with P, ${withoutP} without`,
  stream: 'Stream',
  streamTitle: 'The stream of edits',
  streamNone: 'No edits yet. Each one becomes a step here.',
  streamComing: 'The steps of this link are being made.',
  /** Where steps can be dragged. */
  streamOrder: 'Drag steps to see how order matters.',
  step: (step: string, language: string, what: string) => `Step ${step}: ${what}, ${language}`,
  stepFacts: (count: string) => `${count} facts`,
  stepHint: 'Drag a step, or use the arrow keys on it. Delete removes it.',
  remove: (step: string) => `Remove step ${step}`,
  accuracyAlong: 'Efficacy after each step',
  room: 'Null space left',
  roomIn: (free: string, all: string, layer: string) => `${free} of ${all} directions free in layer\u00a0${layer}`,
  tabs: {
    accuracy: 'Accuracy',
    nullspace: 'Null space',
    update: 'Update',
    trace: 'Trace',
    compare: 'Compare methods',
    merge: 'Merge',
    ask: 'Ask',
    model: 'Model and settings',
    facts: 'My own facts',
  },
  tabList: 'More about it',
  measuring: 'Measuring',
  notAsked: 'asked, not edited',
  where: (model: string, device: string) => `${model} · ${device}`,
  onCpu: 'on the CPU',
  onGpu: 'on WebGPU',
  builtin: 'built-in model',
};

export type StageMessages = typeof en;
