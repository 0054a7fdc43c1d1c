/** The figures in German. */

import { COUNTED_WORDS } from '../counted';
import { counter } from '../plural';
import type { FigureMessages } from './en';

const n = counter('de');

export const de: FigureMessages = {
  figures: 'Abbildungen',
  keys: 'Mit den Pfeiltasten gehst du die Werte einzeln durch.',
  table: 'Tabelle',
  larger: 'Vollbild',
  smaller: 'Vollbild beenden',
  empty: 'Bearbeite einen Fakt, und die Abbildungen zeigen, was das im Modell bewirkt hat und warum.',
  noData:
    'Für diese Abbildung gibt es keine Daten: Die Methode hat keine geschlossene Form, oder der Bericht stammt von einer älteren Version.',
  running: 'Die Bearbeitung läuft noch: Die Abbildungen zeigen die bisherigen Schritte.',
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
  seed: 'Seed',
  direction: 'Richtung',

  counted: COUNTED_WORDS.de,

  accuracy: {
    title: 'Genauigkeit vorher und nachher',
    about:
      'Hohl: das unbearbeitete Modell. Gefüllt: nach dem letzten Schritt. Die Wirksamkeit fragt mit dem bearbeiteten Prompt, die Allgemeinheit mit anderen Formulierungen, die Spezifität nach Unbeteiligtem.',
    both: 'vorher → nachher',
    perStep: 'Schritt für Schritt',
    finding: (before, after, best, bestAfter, worst, worstAfter) =>
      `Die mittlere Wirksamkeit ging von ${before}\u00a0% auf ${after}\u00a0%. Am höchsten ist sie bei ${best} (${bestAfter}\u00a0%), am niedrigsten bei ${worst} (${worstAfter}\u00a0%).`,
    findingSame: (before, after) =>
      `Die mittlere Wirksamkeit ging von ${before}\u00a0% auf ${after}\u00a0% und ist in allen Sprachen gleich.`,
    findingOne: (before, after, language) =>
      `Die Wirksamkeit bei ${language} ging von ${before}\u00a0% auf ${after}\u00a0%.`,
    spot: (language, metric, before, after) =>
      `${language}, ${metric}: vorher ${before}\u00a0%, nachher ${after}\u00a0%`,
    spotStep: (language, metric, step, value) => `${language}, ${metric} nach ${step}: ${value}\u00a0%`,
  },

  matrix: {
    title: 'Genauigkeitsmatrix',
    about:
      'Jede Zeile ist ein Schritt, benannt nach der bearbeiteten Sprache; jede Spalte ist eine Sprache, in der gefragt wird. Umrahmt: die in diesem Schritt bearbeitete Sprache. Vergessen: was eine Sprache seit ihrem besten Schritt verloren hat, gezählt ab ihrer ersten Bearbeitung. Von mehr als 24 Schritten ist nur eine gleichmäßige Auswahl gezeichnet; die Tabelle enthält alle.',
    edited: 'bearbeitet',
    asked: 'gefragt',
    forgetting: 'vergessen',
    findingForgets: (language, best, now) =>
      `${language} hat am meisten vergessen: Nach der Bearbeitung waren es bis zu ${best}\u00a0%, jetzt sind es ${now}\u00a0%.`,
    findingForgetAlike: (languages, points) => `${languages} haben am meisten vergessen, je ${points} Punkte.`,
    findingKeeps: 'Keine Sprache hat seit ihrer Bearbeitung an Genauigkeit verloren.',
    findingTransfer: (from, to, points) =>
      ` Die Bearbeitung auf ${from} hat ${to} um ${points} Punkte verändert, obwohl dort noch kein Fakt bearbeitet war.`,
    spot: (row, column, value) => `Nach ${row}: ${value}\u00a0% in ${column}`,
    spotForgetting: (language, points) => `${language} hat seit dem besten Schritt ${points} Punkte verloren`,
  },

  spectrum: {
    title: 'Spektrum der Schlüssel',
    about:
      'Eigenwerte der Kovarianz der Schlüssel, der größte zuerst. Richtungen unter der Schwelle bilden den Nullraum, den Bearbeitungen nutzen dürfen. Untere Kurven: welcher Anteil der Energie im Nullraum liegt, wenn dort geschnitten wird, für frühere Schlüssel und für die dieser Bearbeitung.',
    eigenvalue: 'Eigenwert',
    rank: 'Richtungen, die meistgenutzten zuerst',
    exposed: 'Anteil der Energie der Schlüssel im Nullraum',
    discarded: (count) => `${count} geschützt`,
    kept: (count) => `${count} im Nullraum`,
    own: 'diese Bearbeitung',
    threshold: 'Schwelle',
    reset: 'Zurück zur Schwelle des Laufs',
    rerun: 'Mit dieser Schwelle neu ausführen',
    finding: (threshold, kept, all, energy) =>
      `${kept} von ${all} Richtungen liegen unter ${threshold}; zusammen haben sie ${energy} der Energie der Schlüssel.`,
    findingLeak: (room, language, leak) =>
      ` Eine Bearbeitung kann dort ${room} der Energie ihrer Schlüssel nutzen; von einer früheren Sprache liegen höchstens ${leak} offen (${language}).`,
    findingRoom: (room) => ` Eine Bearbeitung kann dort ${room} der Energie ihrer Schlüssel nutzen.`,
    removed: (count) => ` ${count} davon sind durch frühere Bearbeitungen belegt.`,
    spotValue: (rank, value) => `Richtung ${rank}: Eigenwert ${value}`,
    spotExposed: (rank, language, share) =>
      `Schnitt nach ${rank} Richtungen: ${share} der Energie von ${language} liegt offen`,
    none: 'Diese Methode projiziert nicht auf einen Nullraum; es gibt keine Schwelle zu wählen.',
  },

  budget: {
    title: 'Nullraum-Budget',
    about:
      'Dimensionen des Nullraums vor jedem Schritt, je Schicht. Die Vorhersage setzt die mittlere Änderung je Schritt fort. Bearbeitungen misslingen, bevor die letzte Dimension vergeben ist: Eine neue Antwort wird nur so weit geschrieben, wie ihr Schlüssel im Nullraum liegt.',
    dimensions: 'Nulldimensionen',
    forecast: 'Vorhersage',
    findingFalling: (lost, layer, left, steps) =>
      `Jeder Schritt kostet Schicht ${layer} im Mittel ${lost} Dimensionen; sie hat noch ${left}, bei diesem Tempo genug für etwa ${steps} weitere Schritte. Über Antworten sagt das nichts: Sie können viel früher verloren gehen, und Bearbeitungen können viel früher misslingen.`,
    findingSteady: (layer, left, share) =>
      `Der Nullraum ist nicht kleiner geworden: Den kleinsten hat Schicht ${layer} mit ${left} Dimensionen (${share}).`,
    findingFirst: (layer, left, share) =>
      `Den kleinsten Nullraum hat Schicht ${layer}: ${left} Dimensionen (${share}).`,
    spot: (step, layer, count, share) => `Vor ${step}: ${count} Nulldimensionen in ${layer} (${share})`,
  },

  projection: {
    title: 'Projektion auf den Nullraum',
    about:
      'R Kᵀ ist die Änderung, die die neuen Antworten ohne Rücksicht auf alles andere schriebe. Der Projektor P entfernt, was entlang genutzter Richtungen liegt. Balken: die quadrierten Normen beider Teile, die zusammen das Ganze ergeben. Punkte: der Teil entlang der Schlüssel früher bearbeiteter Fakten, ohne P (hohl) und mit P (gefüllt).',
    removed: 'von P entfernt',
    surviving: 'bleibt',
    along: '‖R Kᵀ‖ entlang früherer Schlüssel',
    noPast: 'Vor diesem Schritt wurde kein Fakt bearbeitet.',
    finding: (removed, layer) =>
      `In Schicht ${layer} entfernt der Projektor ${removed} der Änderung: den Teil entlang von Richtungen, die anderes Wissen nutzt.`,
    findingAlong: (language, factor) =>
      ` Was davon entlang der Schlüssel von ${language} bleibt, ist ${factor}-mal kleiner als zuvor.`,
    findingNone:
      'Diese Methode projiziert nicht: Die ganze Änderung wird angewandt, auf welche früheren Schlüssel sie auch trifft.',
    spotPart: (layer, removed, surviving) => `${layer}: P entfernt ${removed}, ${surviving} bleibt`,
    spotAlong: (language, before, after) => `Entlang der Schlüssel von ${language}: ${before} ohne P, ${after} mit P`,
  },

  disturbance: {
    title: 'Störung früherer Fakten',
    about:
      'Jeder vor diesem Schritt bearbeitete Fakt. Strich: ‖Σ Δ k‖, vor dem Anwenden aus seinen Schlüsseln vorhergesagt. Balken: wie weit sich der verborgene Zustand an seinem bearbeiteten Token bewegt hat, danach im Modell gemessen, samt der Wirkung von Attention und früheren bearbeiteten Schichten. Ob sich Antworten geändert haben, zeigt die Genauigkeitsmatrix.',
    norm: 'Änderung am bearbeiteten Token',
    predicted: 'vorhergesagt',
    measured: 'gemessen',
    own: 'eigene Fakten dieses Schritts',
    finding: (language, most, own, share) =>
      `Von den früher bearbeiteten Fakten bewegt sich einer auf ${language} am meisten: um ${most}, das sind ${share} dessen, was der Schritt seine eigenen Fakten bewegt (${own}).`,
    findingMean: (language, mean, share, predicted) =>
      ` Im Mittel bewegen sich die auf ${language} am meisten: ${mean} (${share}); vorhergesagt waren ${predicted}.`,
    findingLost: (language, before, after) =>
      ` In diesem Schritt fiel die Wirksamkeit auf ${language} von ${before}\u00a0% auf ${after}\u00a0%.`,
    first: 'Dies ist der erste Schritt: Es gibt keine früheren Fakten, die er stören könnte.',
    spot: (fact, language, predicted, measured) =>
      `Fakt ${fact}, ${language}: ${predicted} vorhergesagt, ${measured} gemessen`,
    fact: 'Fakt',
  },

  foresight: {
    title: 'Wirkung auf frühere Fakten',
    about:
      'Jeder früher bearbeitete Fakt. Strich: ‖Σ Δ k‖, vor dem Anwenden aus seinem Schlüssel vorhergesagt. Balken, nach dem Anwenden: wie weit er sich im Modell bewegt hat.',
    unit: 'Anteil an der Bewegung des neuen Fakts',
    would: {
      some: (count, languages, most) =>
        `Das würde die Antworten zu ${n(count, { one: '# früheren Fakt', other: '# früheren Fakten' })} (${languages}) verschieben, um bis zu ${most} der Verschiebung beim neuen Fakt.`,
      none: (least) =>
        `Das würde keinen früheren Fakt auch nur um ${least} der Verschiebung beim neuen Fakt verschieben.`,
    },
    did: {
      some: (count, languages, most) =>
        `Das hat die Antworten zu ${n(count, { one: '# früheren Fakt', other: '# früheren Fakten' })} (${languages}) verschoben, um bis zu ${most} der Verschiebung beim neuen Fakt.`,
      none: (least) => `Das hat keinen früheren Fakt auch nur um ${least} der Verschiebung beim neuen Fakt verschoben.`,
    },
    foreseen: (most) => ` Vorhergesagt: bis zu ${most}.`,
    spot: (fact, language, predicted) => `Fakt ${fact}, ${language}: ${predicted} vorhergesagt`,
  },

  overlap: {
    title: 'Überlappung der Sprachen',
    about:
      'Hauptwinkel zwischen den Unterräumen, die die bearbeiteten Schlüssel der Sprachen aufspannen: 0° heißt dieselben Richtungen, 90° keine gemeinsame. Nur bearbeitete Sprachen sind gezeigt.',
    finding: (near, angle, apart, far) => `Am nächsten, mit ${angle}: ${near}. Am fernsten, mit ${far}: ${apart}.`,
    pair: (a, b) => `${a}–${b}`,
    more: (count) => n(count, { one: '# weiteres Paar', other: '# weitere Paare' }),
    findingTwo: (a, b, angle) => `Die Schlüssel von ${a} und ${b} liegen ${angle} auseinander.`,
    findingSame: (angle) => `Alle Sprachpaare liegen ${angle} auseinander.`,
    none: 'Bearbeite Fakten in zwei Sprachen, um zu sehen, was ihre Schlüssel gemeinsam haben.',
    angles: 'Winkel jedes Paars',
    wide: 'In einer breiten Abbildung steht daneben die Spanne der Winkel jedes Paars: Linie vom kleinsten zum größten, Balken über der mittleren Hälfte, Strich beim Median.',
    statistic: 'Winkel',
    least: 'kleinster',
    median: 'Median',
    greatest: 'größter',
    spot: (a, b, least, median, greatest) => `${a} und ${b}: Median ${median}, von ${least} bis ${greatest}`,
  },

  update: {
    title: 'Die Änderung',
    about:
      'Norm der Änderung je Schicht; der Verlust bei der Suche nach den Zielwerten; die Änderung selbst, über Blöcke gemittelt; und wie weit der verborgene Zustand bei jeder Schicht noch von seinem Ziel entfernt war.',
    norms: '‖Δ‖ je Schicht',
    map: 'Δ (Ausgänge abwärts, Eingänge quer)',
    losses: 'Verlust der Zielwerte',
    errors: '‖z − h‖ je Schicht',
    iteration: 'Iteration',
    finding: (layer, norm, from, to) =>
      `Schicht ${layer} ändert sich am meisten (‖Δ‖ = ${norm}); der Verlust der Zielwerte fiel von ${from} auf ${to}.`,
    spotNorm: (layer, norm) => `${layer}: ‖Δ‖ = ${norm}`,
    spotLoss: (fact, iteration, loss) => `Fakt ${fact}, Iteration ${iteration}: Verlust ${loss}`,
    spotError: (layer, error) => `${layer}: ‖z − h‖ = ${error}`,
    spotCell: (rows, columns, value) => `Zeilen ${rows}, Spalten ${columns}: ${value} (quadratisches Mittel)`,
    loss: 'Verlust',
  },

  trace: {
    title: 'Kausale Spur',
    about: (samples, window) =>
      `Zeilen: Tokens des Prompts, die des Subjekts fett. Spalten: Schichten. Eine Zelle zeigt, wie viele Punkte der Wahrscheinlichkeit der Antwort zurückkommen, wenn nur dort der Zustand ohne Rauschen wiederhergestellt wird. Bei MLP und Attention sind es die Ausgaben der umliegenden Schichten (Fenster: ${window}). Umrahmt: wo eine Bearbeitung geschrieben wird. Mittel über ${samples} Ziehungen von Rauschen mit drei Standardabweichungen (ROME, arXiv 2202.05262).`,
    restored: 'Wiederhergestellt',
    components: { state: 'verborgener Zustand', mlp: 'MLP', attention: 'Attention' },
    scale: 'Punkte der Wahrscheinlichkeit der Antwort, die zurückkommen',
    scaleLost: '; orange: verlorene Punkte',
    points: (points) => `${points} Punkte`,
    edited: 'bearbeitet',
    layers: (first, last) => `Schichten ${first}–${last}`,
    position: 'Position',
    token: 'Token',
    subject: 'Subjekt',
    spot: (token, layers, restored, corrupted) =>
      `Wiederhergestellt bei „${token}“, ${layers}:\ndie Antwort hat ${restored} statt ${corrupted}`,
    finding: (subject, answer, clean, corrupted) =>
      `Rauschen auf „${subject}“ bringt die Antwort „${answer}“ von ${clean} auf ${corrupted}.`,
    findingRobust: (subject, answer, clean, corrupted) =>
      `Rauschen auf „${subject}“ ändert kaum etwas an der Antwort „${answer}“: ${clean} ohne, ${corrupted} mit Rauschen. Es gibt fast nichts zurückzubringen, die Abbildung sagt also wenig.`,
    findingBack: (what, token, layers, share) =>
      `Stellt man nur „${token}“ wieder her (${what}, ${layers}), kommen ${share} davon zurück.`,
    findingMoves: (layer) => `Ab ${layer} tragen die Tokens nach dem Subjekt mehr davon als das Subjekt selbst.`,
  },

  merge: {
    title: 'Zusammengeführte Bearbeitungen',
    about:
      'Die Fakten jeder Sprache werden einzeln bearbeitet, von den unbearbeiteten Gewichten aus; dann werden die Bearbeitungen zusammengeführt und alle Fragen gestellt. Linie: dieselben Fakten nacheinander, mit der oben gewählten Methode. Mittelwerte über alle Sprachen, in Prozent.',
    sequential: (method) => `${method}, nacheinander`,
    merge: 'Zusammenführung',
    shared: (merge) => `${merge} (gemeinsam)`,
    finding: (merge, efficacy, specificity) =>
      `Am besten nach Wirksamkeit, dann nach Spezifität: ${merge} mit ${efficacy}\u00a0% und ${specificity}\u00a0%.`,
    findingBeside: (method, efficacy, specificity) => `${method}: ${efficacy}\u00a0% und ${specificity}\u00a0%.`,
    spot: (merge, metric, value) => `${merge}\n${metric}: ${value}\u00a0%`,
  },

  comparison: {
    title: 'Methoden nebeneinander',
    about:
      'Jede Methode bearbeitet dieselben Fakten mit demselben Seed, vom unbearbeiteten Modell aus. Balken: nach dem letzten Schritt. Kurze Striche: das unbearbeitete Modell. Unveränderte Antworten: wie viele Tokens der Antworten auf unbeteiligte Fragen noch die des unbearbeiteten Modells sind. Nulldimensionen: die der Schicht mit den wenigsten, bei Methoden, die projizieren. Gezeichnet sind nur Maße, in denen sich die Methoden unterscheiden.',
    finding: (best, value, worst, least) =>
      `Die mittlere Wirksamkeit ist am höchsten mit ${best} (${value}\u00a0%) und am niedrigsten mit ${worst} (${least}\u00a0%).`,
    findingSame: (value) => `Alle Methoden erreichen dieselbe mittlere Wirksamkeit: ${value}\u00a0%.`,
    kept: (best, value, worst, least) =>
      `Andere Antworten bleiben am besten erhalten mit ${best} (${value}), am schlechtesten mit ${worst} (${least}).`,
    keptSame: (value) => `Alle erhalten gleich viele andere Antworten: ${value}.`,
    keptOf: (kept, asked) => `${kept} von ${asked}`,
    method: 'Methode',
    notMeasured: 'nicht gemessen',
    changed: 'Andere Antworten geändert',
    same: (list) => `Nicht gezeichnet, weil alle Methoden darin gleich sind: ${list}.`,
    unchanged: 'Unveränderte Antworten',
    others: (asked) => `Andere Antworten wie zuvor, von ${asked}`,
    nullLeft: 'Nulldimensionen',
    seconds: 'Sekunden je Schritt',
    spot: (method, language, metric, value) => `${method}, ${language}, ${metric}: ${value}`,
  },

  formula: {
    title: 'Die geschlossene Form',
    about: 'Die Änderung einer Schicht in einem Schritt. Wähle einen Term, um seine Werte zu sehen.',
    findingOne: (rank, dimension) =>
      `Ein Schlüssel, auf ${rank} von ${dimension} Dimensionen projiziert, ergibt die Änderung in einer einzigen Lösung.`,
    finding: (keys, rank, dimension) =>
      `${keys} Schlüssel, auf ${rank} von ${dimension} Dimensionen projiziert, ergeben die Änderung in einer einzigen Lösung.`,
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
      residuals: 'R: was den Ausgängen an den bearbeiteten Tokens noch fehlt; der Anteil dieser Schicht daran.',
      keys: 'K: die Schlüssel, eine Spalte je Fakt: Eingänge der bearbeiteten Matrix an den bearbeiteten Tokens.',
      projector:
        'P: der Projektor auf den Nullraum der Schlüssel all dessen, was bleiben soll. Als Basis gespeichert, sodass P² = P genau gilt.',
      inverse: 'Die Inverse verteilt die Änderung auf Schlüssel, die einander ähneln. λ hält sie beschränkt.',
    },
  },

  solver: {
    coming:
      'Das Programm, das die Änderung ausrechnet, wird noch geladen. Bis dahin siehst du die Schlüssel und was die früheren aufspannen.',
    busy: 'Das Programm ist beschäftigt; die Abbildung zeigt seine letzte Antwort.',
  },
  geometry: {
    title: 'Der Nullraum in drei Dimensionen',
    about:
      'Ein Modell mit drei Eingängen. Frühere Schlüssel gehören zu Wissen, das bleiben soll. Die Gerade oder Ebene, die sie aufspannen, ist geschützt; der Rest ist der Nullraum. Der neue Schlüssel wird in beide Teile zerlegt, und nur der Teil im Nullraum trägt die Änderung. Zieh an den Pfeilspitzen oder bewege sie mit den Reglern; ziehst du anderswo (auf einem Touchscreen seitwärts), dreht sich die Ansicht. Bei einer Schwelle über 0 zählen auch wenig genutzte Richtungen zum Nullraum und werden gestört.',
    past: (index) => `früherer Schlüssel ${index}`,
    fresh: 'neuer Schlüssel',
    projected: 'P k',
    nullspace: 'Nullraum',
    span: 'Raum der früheren Schlüssel',
    pastKeys: 'Frühere Schlüssel',
    finding: (share, disturbed, plain) =>
      `${share} des neuen Schlüssels liegen im Nullraum. Die Änderung verschiebt die Antworten auf frühere Schlüssel um ${disturbed}; ohne Projektor um ${plain}.`,
    stuck: 'Die früheren Schlüssel spannen alles auf: Der Nullraum ist leer, und jede Änderung würde sie stören.',
    spot: (name, x, y, z) => `${name}: (${x}; ${y}; ${z})`,
    turn: 'Ansicht drehen',
    move: 'Bewegen',
  },
};
