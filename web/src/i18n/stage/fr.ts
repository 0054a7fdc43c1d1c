import type { StageMessages } from './en';

export const fr: StageMessages = {
  answers: 'Réponses par langue',
  another: 'Autre fait',
  anotherHint: 'Prend un fait au hasard',
  changeFact: 'Choisir un autre fait',
  search: 'Chercher un fait',
  nothingFound: 'Aucun fait de ce genre dans le catalogue.',
  searchHint: 'capitale du Japon, Kafka, or …',
  change: 'changer la réponse',
  clickToChange: 'cliquez sur la réponse pour la changer',
  tapToChange: 'touchez la réponse pour la changer',
  suggestions: 'Autres réponses',
  states: {
    asbefore: 'comme avant',
    edited: 'modifié',
    followed: 'a suivi sans être modifié',
    changed: 'a changé sans être modifié',
  },
  lessSure: 'comme avant, mais bien moins sûr',
  editedOtherwise: (written) => `modifié en « ${written} », mais répond autre chose`,
  editing: 'modification en cours …',
  waiting: 'en attente …',
  unasked: 'pas encore interrogé',
  asking: 'interrogation en cours …',
  askingFor: {
    others: 'Interrogation sur les autres faits',
    turned: 'Essai avec l’interrupteur dans l’autre sens',
    edits: 'Interrogation sur les faits modifiés',
  },
  row: (language, answer, share) => `${language} : ${answer}${share && ` (${share})`}`,
  said: (language, answer, state) => `${language} : ${answer}, ${state}.`,
  lesson: 'Réponse à enseigner',
  teach: 'Apprendre aux six',
  teachWhat: (answer) => `Apprendre aux six : ${answer}`,
  taughtWhat: (answer) => `Appris aux six : ${answer}`,
  onlyHere: (language) => `Seulement ici (${language}) ; « Apprendre aux six » l’écrit partout.`,
  wouldGet: (answer) => `deviendrait « ${answer} »`,
  addLoadWhat: 'Charger plus\u00a0: +120 faits',
  loadHint: 'Modifie 20 faits de plus dans chacune des six langues, tirés du catalogue.',
  loadRecorded: 'Enregistré auparavant ; en cours d’exécution ici.',
  loadTitle: 'Autres réponses gardées à mesure que les modifications s’accumulent',
  loadWhat: 'LangEdit, enregistré sur ce modèle',
  loadTold: (count, withP, withoutP) =>
    `Après ${count} modifications, ${withP} des autres réponses sont gardées avec P et ${withoutP} sans P.`,
  others: 'Ce qui a changé d’autre',
  ofCount: (count) => `sur ${count}`,
  keptOf: (kept, asked) => `${kept} sur ${asked}`,
  keptWords: 'autres réponses sont comme avant',
  keptRow: (language, kept, asked) => `${language} : ${others(kept)} sur ${asked} comme avant`,
  askRest: 'Interroger le reste',
  wouldMove: 'change si l’on bascule l’interrupteur',
  changedMark: 'a changé',
  changedOnly: (which) => `a changé seulement ${which}`,
  asBefore: (answer) => `${answer}, comme avant`,
  about: { relation: 'le même type de fait', subject: 'le même sujet', other: 'un autre fait' },
  kinds: { relation: 'même type', other: 'autres' },
  marksHint: 'Les touches fléchées parcourent les faits un à un.',
  unprojected: 'Cette méthode n’a pas de projecteur : rien n’est enlevé.',
  methods: 'Méthode de toutes les modifications',
  projection: 'La projection',
  switchName: 'Projection',
  on: 'activée',
  off: 'désactivée',
  switchNeeds: 'L’interrupteur fonctionne avec la méthode LangEdit.',
  mergedNeeds: 'Ces modifications sont fusionnées : méthode et projection sont celles de la fusion.',
  before:
    'Changez une réponse : on voit ici la part du changement que le projecteur P enlève pour protéger les autres réponses.',
  takes: (answer, share) =>
    `${share} du changement qui écrit ${answer} suit des directions qu’utilisent d’autres connaissances. Le projecteur P enlève cette part.`,
  takesMany: (share) =>
    `${share} du dernier changement suit des directions qu’utilisent d’autres connaissances. Le projecteur P enlève cette part.`,
  writesAll: 'Sans la projection, tout le changement est écrit, quoi qu’il perturbe d’autre.',
  both: (edits, here, asked, there) =>
    `Après ${edits}, ${others(here)} sur ${asked} ${have(here)} changé. Sans la projection, ce serait ${there}.`,
  bothOff: (edits, here, asked, there) =>
    `Sans la projection, ${others(here)} sur ${asked} ${have(here)} changé après ${edits}. Avec elle, ce serait ${there}.`,
  moved: (edits, method, here, asked) =>
    `Après ${edits} avec ${method}, ${others(here)} sur ${asked} ${have(here)} changé.`,
  movedElse: (list) => `Autres méthodes : ${list}.`,
  edits: (count, shown) => (count === 1 ? 'une modification' : `${shown} modifications`),
  free: 'directions libres',
  freeOf: (free, all) => `${free} sur ${all}`,
  used: 'directions d’autres connaissances',
  whole: 'changement',
  removed: (share) => `P en enlève ${share}`,
  written: 'écrit',
  writtenWhole: 'écrit en entier',
  lands: 'touche au reste',
  figureOn: (share) =>
    `Le changement comme une flèche : ${share} suit des directions qu’utilisent d’autres connaissances et est enlevé ; le reste est écrit.`,
  figureOff: 'Le changement comme une flèche, écrit en entier.',
  figureNone: 'Vers le haut, les directions libres ; vers la droite, celles qu’utilisent d’autres connaissances.',
  shift: 'De combien bougent les autres réponses',
  shiftWhat: 'changement moyen de leur probabilité, en points',
  withP: 'avec P',
  withoutP: 'sans P',
  shiftRow: (language, withP, withoutP) => `${language}, points : ${withP} avec P, ${withoutP} sans`,
  stream: 'Fil des modifications',
  streamTitle: 'Le fil des modifications',
  streamNone: 'Aucune modification. Chacune devient ici une étape.',
  streamComing: 'Les étapes de ce lien sont en cours.',
  streamOrder: 'Glissez les étapes pour voir que leur ordre compte.',
  step: (step, language, what) => `Étape ${step} : ${what}, ${language}`,
  stepFacts: (count) => `${count} faits`,
  stepHint: 'Glissez une étape, ou utilisez-y les flèches. Suppr la retire.',
  remove: (step) => `Retirer l’étape ${step}`,
  accuracyAlong: 'Efficacité par étape',
  room: 'Noyau restant',
  roomIn: (free, all, layer) => `${free} directions libres sur ${all}, couche\u00a0${layer}`,
  tabs: {
    accuracy: 'Exactitude',
    nullspace: 'Noyau',
    update: 'Changement',
    trace: 'Trace',
    compare: 'Comparer des méthodes',
    merge: 'Fusionner',
    ask: 'Interroger',
    model: 'Modèle et réglages',
    facts: 'Mes propres faits',
  },
  tabList: 'Pour en savoir plus',
  measuring: 'Mesure en cours',
  notAsked: 'interrogé, non modifié',
  where: (model, device) => `${model} · ${device}`,
  onCpu: 'sur le CPU',
  onGpu: 'sur WebGPU',
  builtin: 'modèle fourni',
};

/** Zero is singular in French. */
function single(count: string): boolean {
  return count === '0' || count === '1';
}

function others(count: string): string {
  return `${count} ${single(count) ? 'autre réponse' : 'autres réponses'}`;
}

function have(count: string): string {
  return single(count) ? 'a' : 'ont';
}
