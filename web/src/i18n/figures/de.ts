/** The figures in German. */

import type { FigureMessages } from './en';

export const de: FigureMessages = {
  figures: 'Abbildungen',
  keys: 'Die Pfeiltasten lesen die Werte der Reihe nach vor.',
  table: 'Tabelle',
  larger: 'Vollbild',
  smaller: 'Vollbild beenden',
  empty: 'Bearbeite ein Faktum, und die Abbildungen zeigen, was die Bearbeitung im Modell bewirkt hat und warum.',
  noData:
    'Für diese Abbildung gibt es keine Daten: Das Verfahren löst nichts in geschlossener Form, oder der Bericht stammt von einer älteren Version.',
  running: 'Die Bearbeitung läuft: Die Abbildungen zeigen die bisherigen Schritte.',
  step: 'Schritt',
  layer: 'Schicht',
  layerName: (layer) => `Schicht ${layer}`,
  stepName: (step, language) => `Schritt ${step}, ${language}`,
  language: 'Sprache',
  metric: 'Maß',
  efficacy: 'Wirksamkeit',
  generality: 'Allgemeinheit',
  specificity: 'Spezifität',
  before: 'vorher',
  after: 'nachher',
  view: 'Ansicht',
  direction: 'Richtungen',

  accuracy: {
    title: 'Genauigkeit vorher und nachher',
    about:
      'Hohl: das unbearbeitete Modell. Gefüllt: nach dem letzten Schritt. Die Wirksamkeit fragt den bearbeiteten Satzanfang, die Allgemeinheit andere Formulierungen, die Spezifität Unbeteiligtes.',
    both: 'vorher → nachher',
    perStep: 'Schritt für Schritt',
    finding: (before, after, best, bestAfter, worst, worstAfter) =>
      `Die Wirksamkeit stieg im Mittel von ${before}\u00a0% auf ${after}\u00a0%; am höchsten ist sie in ${best} (${bestAfter}\u00a0%), am niedrigsten in ${worst} (${worstAfter}\u00a0%).`,
    findingSame: (before, after) =>
      `Die Wirksamkeit ging im Mittel von ${before}\u00a0% auf ${after}\u00a0% und ist in allen Sprachen gleich.`,
    findingOne: (before, after, language) =>
      `Die Wirksamkeit in ${language} ging von ${before}\u00a0% auf ${after}\u00a0%.`,
    spot: (language, metric, before, after) =>
      `${language}, ${metric}: vorher ${before}\u00a0%, nachher ${after}\u00a0%`,
    spotStep: (language, metric, step, value) => `${language}, ${metric} nach ${step}: ${value}\u00a0%`,
  },

  matrix: {
    title: 'Genauigkeitsmatrix',
    about:
      'Eine Zeile ist ein Schritt, benannt nach der Sprache, die er bearbeitet hat; eine Spalte ist die Sprache, die gefragt wird. Umrahmt: die in diesem Schritt bearbeitete Sprache. Vergessen: was eine Sprache seit ihrem besten Schritt ab ihrer ersten Bearbeitung verloren hat.',
    edited: 'bearbeitet',
    asked: 'gefragt',
    forgetting: 'vergessen',
    findingForgets: (language, best, now) =>
      `${language} hat am meisten vergessen: Nach der Bearbeitung waren es bis zu ${best}\u00a0%, jetzt sind es ${now}\u00a0%.`,
    findingKeeps: 'Keine Sprache hat seit ihrer Bearbeitung an Genauigkeit verloren.',
    findingTransfer: (from, to, points) =>
      ` Die Bearbeitung von ${from} veränderte ${to} um ${points} Punkte, obwohl darin noch nichts bearbeitet war.`,
    spot: (row, column, value) => `Nach ${row}: ${value}\u00a0% in ${column}`,
    spotForgetting: (language, points) => `${language} hat seit dem besten Schritt ${points} Punkte verloren`,
  },

  spectrum: {
    title: 'Spektrum der Schlüssel',
    about:
      'Eigenwerte der Kovarianz der Schlüssel, der größte zuerst. Richtungen unter der Schwelle sind der Nullraum, den Bearbeitungen nutzen dürfen. Darunter: welcher Anteil der Energie früherer Schlüssel und der eigenen Schlüssel dieser Bearbeitung im Nullraum liegt, wenn dort geschnitten wird.',
    eigenvalue: 'Eigenwert',
    rank: 'Richtungen, die meistgenutzten zuerst',
    exposed: 'Anteil der Energie der Schlüssel im Nullraum',
    discarded: (count) => `${count} geschützt`,
    kept: (count) => `${count} im Nullraum`,
    own: 'diese Bearbeitung',
    threshold: 'Schwelle',
    reset: 'Zurück zur Schwelle des Laufs',
    rerun: 'Damit neu rechnen',
    finding: (threshold, kept, all, energy) =>
      `Unter ${threshold} liegen ${kept} von ${all} Richtungen; sie halten ${energy} der Energie der Schlüssel.`,
    findingLeak: (room, language, leak) =>
      ` Eine Bearbeitung kann dort ${room} der Energie ihrer Schlüssel nutzen und berührt höchstens ${leak} derer einer früheren Sprache (${language}).`,
    findingRoom: (room) => ` Eine Bearbeitung kann dort ${room} der Energie ihrer Schlüssel nutzen.`,
    removed: (count) => ` ${count} davon gingen an frühere Bearbeitungen.`,
    spotValue: (rank, value) => `Richtung ${rank}: Eigenwert ${value}`,
    spotExposed: (rank, language, share) =>
      `Schnitt nach ${rank} Richtungen: ${share} der Energie von ${language} liegt offen`,
    none: 'Dieses Verfahren projiziert nicht auf einen Nullraum; es gibt kein Spektrum zu schneiden.',
  },

  budget: {
    title: 'Vorrat an Nullraum',
    about:
      'Dimensionen des Nullraums vor jedem Schritt, je Schicht. Die Vorhersage setzt die mittlere Änderung je Schritt fort.',
    dimensions: 'Dimensionen des Nullraums',
    forecast: 'Vorhersage',
    findingFalling: (lost, layer, left, steps) =>
      `Jeder Schritt kostet im Mittel ${lost} Dimensionen; Schicht ${layer} hat noch ${left}, genug für etwa ${steps} weitere solche Schritte.`,
    findingSteady: (layer, left, share) =>
      `Der Nullraum ist nicht kleiner geworden: Den kleinsten hat Schicht ${layer} mit ${left} Dimensionen (${share}).`,
    findingFirst: (layer, left, share) =>
      `Den kleinsten Nullraum hat Schicht ${layer}: ${left} Dimensionen (${share}).`,
    spot: (step, layer, count, share) => `Vor ${step}: ${count} Dimensionen des Nullraums in ${layer} (${share})`,
  },

  projection: {
    title: 'Projektion auf den Nullraum',
    about:
      'R Kᵀ ist die Änderung, die die neuen Antworten ohne Rücksicht auf alles andere schriebe. Der Projektor P entfernt, was entlang genutzter Richtungen liegt. Balken: die quadrierten Normen beider Teile, die zusammen das Ganze ergeben. Punkte: der Teil entlang der Schlüssel früher bearbeiteter Fakten, ohne P (hohl) und mit P (gefüllt).',
    removed: 'von P entfernt',
    surviving: 'bleibt',
    along: '‖R Kᵀ‖ entlang früherer Schlüssel',
    noPast: 'Vor diesem Schritt wurde nichts bearbeitet.',
    finding: (removed, layer) =>
      `In Schicht ${layer} entfernt der Projektor ${removed} der Änderung: den Teil entlang von Richtungen, die anderes Wissen nutzt.`,
    findingAlong: (language, factor) =>
      ` Was davon entlang der Schlüssel von ${language} bleibt, ist ${factor}-mal kleiner als zuvor.`,
    findingNone:
      'Dieses Verfahren projiziert nicht: Die ganze Änderung wird angewandt, frühere Schlüssel hin oder her.',
    spotPart: (layer, removed, surviving) => `${layer}: P entfernt ${removed}, ${surviving} bleibt`,
    spotAlong: (language, before, after) => `Entlang der Schlüssel von ${language}: ${before} ohne P, ${after} mit P`,
  },

  disturbance: {
    title: 'Störung früherer Fakten',
    about:
      'Jedes vor diesem Schritt bearbeitete Faktum. Strich: ‖Σ Δ k‖, vor dem Anwenden aus seinen Schlüsseln vorhergesagt. Balken: wie weit sich der verborgene Zustand an seinem bearbeiteten Token bewegt hat, danach im Modell gemessen, mit allem, was Aufmerksamkeit und frühere bearbeitete Schichten daraus machen.',
    norm: 'Änderung am bearbeiteten Token',
    predicted: 'vorhergesagt',
    measured: 'gemessen',
    own: 'eigene Fakten dieses Schritts',
    finding: (language, measured, own, share) =>
      `Der Schritt bewegt seine eigenen Fakten um ${own}; von den früheren bewegen sich die in ${language} am meisten, im Mittel um ${measured}, ${share} davon.`,
    findingPredicted: (predicted) => ` Vorhergesagt waren ${predicted}.`,
    first: 'Dies ist der erste Schritt: Es gibt keine früheren Fakten, die er stören könnte.',
    spot: (fact, language, predicted, measured) =>
      `Faktum ${fact}, ${language}: ${predicted} vorhergesagt, ${measured} gemessen`,
    fact: 'Faktum',
  },

  foresight: {
    title: 'Wirkung auf frühere Fakten',
    about:
      'Jedes zuvor bearbeitete Faktum. Strich: ‖Σ Δ k‖, vor dem Anwenden aus seinem Schlüssel vorhergesagt. Balken, nach dem Anwenden: wie weit es sich im Modell bewegt hat.',
    unit: 'Anteil an der Bewegung des neuen Faktums',
    would: {
      some: (count, languages, most) =>
        `Das würde die Antworten zu ${count} früheren ${count === 1 ? 'Faktum' : 'Fakten'} (${languages}) um bis zu ${most} dessen verschieben, was es beim neuen verschiebt.`,
      none: (least) =>
        `Das würde kein früheres Faktum um auch nur ${least} dessen verschieben, was es beim neuen verschiebt.`,
    },
    did: {
      some: (count, languages, most) =>
        `Das hat die Antworten zu ${count} früheren ${count === 1 ? 'Faktum' : 'Fakten'} (${languages}) um bis zu ${most} dessen verschoben, was es beim neuen verschoben hat.`,
      none: (least) =>
        `Das hat kein früheres Faktum um auch nur ${least} dessen verschoben, was es beim neuen verschoben hat.`,
    },
    foreseen: (most) => ` Vorhergesagt: bis zu ${most}.`,
    spot: (fact, language, predicted) => `Faktum ${fact}, ${language}: ${predicted} vorhergesagt`,
  },

  overlap: {
    title: 'Überlappung der Sprachen',
    about:
      'Hauptwinkel zwischen den Unterräumen, die die bearbeiteten Schlüssel der Sprachen aufspannen: 0° heißt dieselben Richtungen, 90° keine gemeinsame. Nur bearbeitete Sprachen sind gezeigt.',
    finding: (a, b, angle, c, d, far) =>
      `${a} und ${b} liegen am nächsten beieinander, ${angle}; ${c} und ${d} am weitesten auseinander, ${far}.`,
    findingTwo: (a, b, angle) => `Die Schlüssel von ${a} und ${b} liegen ${angle} auseinander.`,
    none: 'Bearbeite Fakten in zwei Sprachen, um zu sehen, was ihre Schlüssel gemeinsam haben.',
    statistic: 'Winkel',
    least: 'kleinster',
    median: 'mittlerer',
    greatest: 'größter',
    spot: (a, b, least, median, greatest) => `${a} und ${b}: in der Mitte ${median}, von ${least} bis ${greatest}`,
  },

  update: {
    title: 'Die Änderung',
    about:
      'Norm der Änderung je Schicht; der Verlust der Zielwerte, während sie gesucht wurden; die Änderung selbst, auf Blöcke verkleinert; und wie weit der verborgene Zustand von seinem Ziel entfernt war, als die Schicht an der Reihe war.',
    norms: '‖Δ‖ je Schicht',
    map: 'Δ (Ausgänge abwärts, Eingänge quer)',
    losses: 'Verlust der Zielwerte',
    errors: '‖z − h‖ je Schicht',
    iteration: 'Iteration',
    finding: (layer, norm, from, to) =>
      `Schicht ${layer} ändert sich am meisten (‖Δ‖ = ${norm}); der Verlust der Zielwerte fiel von ${from} auf ${to}.`,
    spotNorm: (layer, norm) => `${layer}: ‖Δ‖ = ${norm}`,
    spotLoss: (fact, iteration, loss) => `Faktum ${fact}, Iteration ${iteration}: Verlust ${loss}`,
    spotError: (layer, error) => `${layer}: ‖z − h‖ = ${error}`,
    spotCell: (rows, columns, value) => `Zeilen ${rows}, Spalten ${columns}: ${value} (quadratisches Mittel)`,
    loss: 'Verlust',
  },

  trace: {
    title: 'Kausale Spur',
    about: (samples, window) =>
      `Zeilen: Token des Prompts, die des Subjekts fett. Spalten: Schichten. Eine Zelle sagt, wie viele Punkte der Wahrscheinlichkeit der Antwort zurückkommen, wenn nur dort der Zustand aus dem Durchlauf ohne Rauschen wieder eingesetzt wird; bei MLP und Attention die Ausgaben der Schichten ringsum (Fenster: ${window}). Umrandet: wo eine Bearbeitung schreibt. Mittel über ${samples} Ziehungen von Rauschen mit drei Standardabweichungen (ROME, arXiv 2202.05262).`,
    restored: 'Eingesetzt',
    components: { state: 'Zustand', mlp: 'MLP', attention: 'Attention' },
    scale: 'Punkte der Wahrscheinlichkeit, die zurückkommen',
    scaleLost: '; orange: verlorene Punkte',
    points: (points) => `${points} Punkte`,
    edited: 'bearbeitet',
    layers: (first, last) => `Schichten ${first}–${last}`,
    position: 'Position',
    token: 'Token',
    subject: 'Subjekt',
    spot: (token, layers, restored, corrupted) =>
      `Eingesetzt bei „${token}“, ${layers}:\ndie Antwort hat ${restored} statt ${corrupted}`,
    finding: (subject, answer, clean, corrupted) =>
      `Rauschen auf „${subject}“ bringt die Antwort „${answer}“ von ${clean} auf ${corrupted}.`,
    findingRobust: (subject, answer, clean, corrupted) =>
      `Rauschen auf „${subject}“ ändert kaum etwas an der Antwort „${answer}“: ${clean} ohne, ${corrupted} mit. Es gibt fast nichts zurückzubringen, das Bild sagt also wenig.`,
    findingBack: (what, token, layers, share) =>
      `Nur bei „${token}“ eingesetzt (${what}, ${layers}), kommen ${share} davon zurück.`,
    findingMoves: (layer) => `Ab ${layer} tragen die Token hinter dem Subjekt mehr davon als das Subjekt.`,
  },

  merge: {
    title: 'Zusammengeführte Bearbeitungen',
    about:
      'Die Fakten jeder Sprache werden allein bearbeitet, von den unveränderten Gewichten aus; die Bearbeitungen werden zusammengeführt und alle Fragen gestellt. Linie: dieselben Fakten nacheinander, mit der gewählten Methode. Mittel über die Sprachen, in Prozent.',
    sequential: (method) => `${method}, nacheinander`,
    merge: 'Zusammenführung',
    shared: (merge) => `${merge}, gemeinsam`,
    finding: (merge, efficacy, specificity) =>
      `Die höchste Wirksamkeit hat ${merge}: ${efficacy}\u00a0%, bei ${specificity}\u00a0% Spezifität.`,
    findingBeside: (method, efficacy, specificity) => `${method}: ${efficacy}\u00a0% und ${specificity}\u00a0%.`,
    spot: (merge, metric, value) => `${merge}\n${metric}: ${value}\u00a0%`,
  },

  formula: {
    title: 'Die geschlossene Form',
    about: 'Die Änderung einer Schicht in einem Schritt. Wähle einen Term, um zu sehen, was er war.',
    findingOne: (rank, dimension) =>
      `Ein Schlüssel, auf ${rank} von ${dimension} Dimensionen projiziert, ergibt die Änderung in einem Zug.`,
    finding: (keys, rank, dimension) =>
      `${keys} Schlüssel, auf ${rank} von ${dimension} Dimensionen projiziert, ergeben die Änderung in einem Zug.`,
    findingPlainOne: 'Ein Schlüssel ergibt die Änderung in geschlossener Form.',
    findingPlain: (keys) => `${keys} Schlüssel ergeben die Änderung in geschlossener Form.`,
    choose: 'Terme der Formel',
    shape: 'Form',
    norm: 'Norm',
    condition: 'Konditionszahl',
    rank: 'Rang',
    corner: 'Erste Werte',
    terms: {
      update: 'Δ: was zu den Gewichten dieser Schicht addiert wird.',
      residuals: 'R: was den Ausgängen an den bearbeiteten Tokens fehlt, der Anteil dieser Schicht.',
      keys: 'K: die Schlüssel, eine Spalte je Faktum: Eingänge der bearbeiteten Matrix an den bearbeiteten Tokens.',
      projector:
        'P: der Projektor auf den Nullraum der Schlüssel all dessen, was bleiben soll. Als Basis gespeichert, sodass P² = P genau gilt.',
      inverse: 'Die Inverse teilt die Änderung unter Schlüsseln auf, die einander ähneln. λ hält sie beschränkt.',
    },
  },

  solver: {
    coming:
      'Das Programm, das die Änderung ausrechnet, wird noch geladen. Bis dahin siehst du die Schlüssel und was die früheren aufspannen.',
    busy: 'Das Programm ist beschäftigt; gezeichnet ist seine letzte Antwort.',
  },
  geometry: {
    title: 'Der Nullraum in drei Dimensionen',
    about:
      'Ein Modell mit drei Eingängen. Orange: Schlüssel von Wissen, das bleiben soll. Die Ebene oder Gerade, die sie aufspannen, ist geschützt; der Rest ist der Nullraum. Der neue Schlüssel wird in beide Teile zerlegt, und nur der Teil im Nullraum trägt die Änderung. Zieh an den Pfeilenden oder bewege sie mit den Reglern; anderswo gezogen, dreht sich die Ansicht. Über einer Schwelle von 0 zählen auch wenig genutzte Richtungen zum Nullraum und werden gestört.',
    past: (index) => `früherer Schlüssel ${index}`,
    fresh: 'neuer Schlüssel',
    projected: 'P k',
    nullspace: 'Nullraum',
    span: 'Raum der früheren Schlüssel',
    pastKeys: 'Frühere Schlüssel',
    finding: (share, disturbed, plain) =>
      `${share} des neuen Schlüssels liegt im Nullraum. Die Änderung bewegt frühere Schlüssel um ${disturbed}; ohne den Projektor wären es ${plain}.`,
    stuck:
      'Die früheren Schlüssel spannen alles auf: Der Nullraum ist leer, und keine Änderung ist möglich, ohne sie zu stören.',
    spot: (name, x, y, z) => `${name}: (${x}; ${y}; ${z})`,
    turn: 'Ansicht drehen',
    move: 'Bewegen',
  },
};
