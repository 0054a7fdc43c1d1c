/** The figures in Dutch. */

import { COUNTED_WORDS } from '../counted';
import { counter } from '../plural';
import type { FigureMessages } from './en';

const n = counter('nl');

export const nl: FigureMessages = {
  figures: 'Figuren',
  keys: 'Met de pijltjestoetsen ga je de waarden een voor een langs.',
  table: 'Tabel',
  larger: 'Volledig scherm',
  smaller: 'Volledig scherm verlaten',
  empty: 'Bewerk een feit, en de figuren laten zien wat dat in het model heeft gedaan en waarom.',
  noData:
    'Voor deze figuur zijn er geen gegevens: de methode heeft geen gesloten vorm, of het rapport komt van een oudere versie.',
  running: 'De bewerking loopt nog: de figuren tonen de stappen tot nu toe.',
  step: 'Stap',
  layer: 'Laag',
  layerName: (layer) => `laag ${layer}`,
  stepName: (step, language) => `stap ${step}, ${language}`,
  language: 'Taal',
  metric: 'Maat',
  efficacy: 'Doeltreffendheid',
  generality: 'Algemeenheid',
  specificity: 'Specificiteit',
  before: 'voor',
  after: 'na',
  view: 'Weergave',
  seed: 'seed',
  direction: 'richting',

  counted: COUNTED_WORDS.nl,

  accuracy: {
    title: 'Nauwkeurigheid voor en na',
    about:
      'Open: het onbewerkte model. Gevuld: na de laatste stap. Doeltreffendheid vraagt met de bewerkte prompt, algemeenheid met andere formuleringen, specificiteit naar iets anders.',
    both: 'voor → na',
    perStep: 'stap voor stap',
    finding: (before, after, best, bestAfter, worst, worstAfter) =>
      `De gemiddelde doeltreffendheid ging van ${before}\u00a0% naar ${after}\u00a0%. Ze is het hoogst in het ${best} (${bestAfter}\u00a0%) en het laagst in het ${worst} (${worstAfter}\u00a0%).`,
    findingSame: (before, after) =>
      `De gemiddelde doeltreffendheid ging van ${before}\u00a0% naar ${after}\u00a0% en is in alle talen gelijk.`,
    findingOne: (before, after, language) =>
      `De doeltreffendheid in het ${language} ging van ${before}\u00a0% naar ${after}\u00a0%.`,
    spot: (language, metric, before, after) => `${language}, ${metric}: ${before}\u00a0% voor, ${after}\u00a0% na`,
    spotStep: (language, metric, step, value) => `${language}, ${metric} na ${step}: ${value}\u00a0%`,
  },

  matrix: {
    title: 'Nauwkeurigheidsmatrix',
    about:
      'Elke rij is een stap, genoemd naar de bewerkte taal; elke kolom is een taal waarin wordt gevraagd. Omkaderd: de taal die in die stap werd bewerkt. Vergeten: wat een taal sinds haar beste stap heeft verloren, geteld vanaf haar eerste bewerking. Van meer dan 24 stappen is een gelijkmatige selectie getekend; de tabel bevat ze allemaal.',
    edited: 'bewerkt',
    asked: 'gevraagd',
    forgetting: 'vergeten',
    findingForgets: (language, best, now) =>
      `${language} is het meest vergeten: na de bewerking was het tot ${best}\u00a0%, nu is het ${now}\u00a0%.`,
    findingForgetAlike: (languages, points) => `${languages} zijn het meest vergeten, elk ${points} punten.`,
    findingKeeps: 'Geen taal heeft sinds haar bewerking aan nauwkeurigheid ingeboet.',
    findingTransfer: (from, to, points) =>
      ` De bewerking in het ${from} veranderde ${to} met ${points} punten, hoewel daar nog geen feit was bewerkt.`,
    spot: (row, column, value) => `Na ${row}: ${value}\u00a0% in het ${column}`,
    spotForgetting: (language, points) => `${language} heeft sinds de beste stap ${points} punten verloren`,
  },

  spectrum: {
    title: 'Spectrum van de sleutels',
    about:
      'Eigenwaarden van de covariantie van de sleutels, de grootste eerst. Richtingen onder de drempel vormen de nulruimte, die bewerkingen mogen gebruiken. Onderste krommen: welk deel van de energie in de nulruimte valt als daar wordt gesneden, voor eerdere sleutels en voor die van deze bewerking.',
    eigenvalue: 'eigenwaarde',
    rank: 'richtingen, de meest gebruikte eerst',
    exposed: 'deel van de energie van de sleutels in de nulruimte',
    discarded: (count) => `${count} beschermd`,
    kept: (count) => `${count} in de nulruimte`,
    own: 'deze bewerking',
    threshold: 'Drempel',
    reset: 'Terug naar de drempel van de run',
    rerun: 'Opnieuw uitvoeren met deze drempel',
    finding: (threshold, kept, all, energy) =>
      `${kept} van ${all} richtingen liggen onder ${threshold}; samen bevatten ze ${energy} van de energie van de sleutels.`,
    findingLeak: (room, language, leak) =>
      ` Een bewerking kan daar ${room} van de energie van haar sleutels gebruiken; van een eerdere taal ligt hoogstens ${leak} open (${language}).`,
    findingRoom: (room) => ` Een bewerking kan daar ${room} van de energie van haar sleutels gebruiken.`,
    removed: (count) => ` ${count} daarvan zijn bezet door eerdere bewerkingen.`,
    spotValue: (rank, value) => `Richting ${rank}: eigenwaarde ${value}`,
    spotExposed: (rank, language, share) =>
      `Snede na ${rank} richtingen: ${share} van de energie van het ${language} ligt open`,
    none: 'Deze methode projecteert niet op een nulruimte; er valt geen drempel te kiezen.',
  },

  budget: {
    title: 'Nulruimtebudget',
    about:
      'Dimensies van de nulruimte vóór elke stap, per laag. De voorspelling zet de gemiddelde wijziging per stap voort. Bewerkingen mislukken al voordat de laatste dimensie op is: een nieuw antwoord wordt maar zo ver geschreven als zijn sleutel in de nulruimte ligt.',
    dimensions: 'nuldimensies',
    forecast: 'voorspelling',
    findingFalling: (lost, layer, left, steps) =>
      `Elke stap kost laag ${layer} gemiddeld ${lost} dimensies; ze heeft er nog ${left}, in dit tempo genoeg voor ongeveer ${steps} stappen. Over antwoorden zegt dat niets: die kunnen veel eerder verloren gaan, en bewerkingen kunnen veel eerder mislukken.`,
    findingSteady: (layer, left, share) =>
      `De nulruimte is niet gekrompen: laag ${layer} heeft de kleinste, ${left} dimensies (${share}).`,
    findingFirst: (layer, left, share) => `Laag ${layer} heeft de kleinste nulruimte: ${left} dimensies (${share}).`,
    spot: (step, layer, count, share) => `Vóór ${step}: ${count} nuldimensies in ${layer} (${share})`,
  },

  projection: {
    title: 'Projectie op de nulruimte',
    about:
      'R Kᵀ is de wijziging die de nieuwe antwoorden zou schrijven zonder op iets anders te letten. De projector P verwijdert het deel langs gebruikte richtingen. Balken: de gekwadrateerde normen van beide delen, samen het geheel. Punten: het deel langs de sleutels van eerder bewerkte feiten, zonder P (open) en met P (gevuld).',
    removed: 'door P verwijderd',
    surviving: 'blijft over',
    along: '‖R Kᵀ‖ langs eerdere sleutels',
    noPast: 'Vóór deze stap werd geen feit bewerkt.',
    finding: (removed, layer) =>
      `In laag ${layer} verwijdert de projector ${removed} van de wijziging: het deel langs richtingen die andere kennis gebruikt.`,
    findingAlong: (language, factor) =>
      ` Wat er langs de sleutels van het ${language} van overblijft, is ${factor} keer kleiner dan ervoor.`,
    findingNone:
      'Deze methode projecteert niet: de hele wijziging wordt toegepast, welke eerdere sleutels ze ook raakt.',
    spotPart: (layer, removed, surviving) => `${layer}: P verwijdert ${removed}, ${surviving} blijft over`,
    spotAlong: (language, before, after) => `Langs de sleutels van het ${language}: ${before} zonder P, ${after} met P`,
  },

  disturbance: {
    title: 'Verstoring van eerdere feiten',
    about:
      'Elk feit dat vóór deze stap werd bewerkt. Streep: ‖Σ Δ k‖, vóór het toepassen uit zijn sleutels voorspeld. Balk: hoever de verborgen toestand bij het bewerkte token verschoof, daarna in het model gemeten, inclusief het effect van attention en eerdere bewerkte lagen. Of antwoorden zijn veranderd, toont de nauwkeurigheidsmatrix.',
    norm: 'wijziging bij het bewerkte token',
    predicted: 'voorspeld',
    measured: 'gemeten',
    own: 'eigen feiten van deze stap',
    finding: (language, most, own, share) =>
      `Van de eerder bewerkte feiten verschuift er één in het ${language} het meest: ${most}, dat is ${share} van wat de stap zijn eigen feiten verschuift (${own}).`,
    findingMean: (language, mean, share, predicted) =>
      ` Gemiddeld verschuiven die in het ${language} het meest: ${mean} (${share}); voorspeld was ${predicted}.`,
    findingLost: (language, before, after) =>
      ` In deze stap daalde de doeltreffendheid in het ${language} van ${before}\u00a0% naar ${after}\u00a0%.`,
    first: 'Dit is de eerste stap: er zijn geen eerdere feiten om te verstoren.',
    spot: (fact, language, predicted, measured) =>
      `Feit ${fact}, ${language}: ${predicted} voorspeld, ${measured} gemeten`,
    fact: 'Feit',
  },

  foresight: {
    title: 'Effect op eerdere feiten',
    about:
      'Elk eerder bewerkt feit. Streep: ‖Σ Δ k‖, vóór het toepassen uit zijn sleutel voorspeld. Balk, na het toepassen: hoever het in het model verschoof.',
    unit: 'deel van hoever het nieuwe feit verschuift',
    would: {
      some: (count, languages, most) =>
        `Dit zou de antwoorden op ${n(count, { one: '# eerder feit', other: '# eerdere feiten' })} (${languages}) verschuiven, tot ${most} van wat het bij het nieuwe feit verschuift.`,
      none: (least) =>
        `Dit zou geen enkel eerder feit ook maar ${least} verschuiven van wat het bij het nieuwe feit verschuift.`,
    },
    did: {
      some: (count, languages, most) =>
        `Dit heeft de antwoorden op ${n(count, { one: '# eerder feit', other: '# eerdere feiten' })} (${languages}) verschoven, tot ${most} van wat het bij het nieuwe feit verschoof.`,
      none: (least) =>
        `Dit heeft geen enkel eerder feit ook maar ${least} verschoven van wat het bij het nieuwe feit verschoof.`,
    },
    foreseen: (most) => ` Voorspeld: tot ${most}.`,
    spot: (fact, language, predicted) => `Feit ${fact}, ${language}: ${predicted} voorspeld`,
  },

  overlap: {
    title: 'Overlap van de talen',
    about:
      'Hoofdhoeken tussen de deelruimten die de bewerkte sleutels van de talen opspannen: 0° betekent dezelfde richtingen, 90° geen enkele gemeen. Alleen bewerkte talen worden getoond.',
    finding: (near, angle, apart, far) =>
      `Het dichtst bij elkaar, met ${angle}: ${near}. Het verst uiteen, met ${far}: ${apart}.`,
    pair: (a, b) => `${a}–${b}`,
    more: (count) => n(count, { one: '# ander paar', other: '# andere paren' }),
    findingTwo: (a, b, angle) => `De sleutels van ${a} en ${b} liggen ${angle} uiteen.`,
    findingSame: (angle) => `Alle taalparen liggen ${angle} uiteen.`,
    none: 'Bewerk feiten in twee talen om te zien wat hun sleutels gemeen hebben.',
    angles: 'hoeken van elk paar',
    wide: 'In een brede figuur staat ernaast het bereik van de hoeken van elk paar: lijn van de kleinste tot de grootste, balk over de middelste helft, streepje bij de mediaan.',
    statistic: 'Hoek',
    least: 'kleinste',
    median: 'mediaan',
    greatest: 'grootste',
    spot: (a, b, least, median, greatest) => `${a} en ${b}: mediaan ${median}, van ${least} tot ${greatest}`,
  },

  update: {
    title: 'De wijziging',
    about:
      'Norm van de wijziging per laag; het verlies tijdens het zoeken naar de doelwaarden; de wijziging zelf, gemiddeld over blokken; en hoever de verborgen toestand bij elke laag nog van zijn doel af was.',
    norms: '‖Δ‖ per laag',
    map: 'Δ (uitgangen omlaag, ingangen opzij)',
    losses: 'verlies van de doelwaarden',
    errors: '‖z − h‖ per laag',
    iteration: 'iteratie',
    finding: (layer, norm, from, to) =>
      `Laag ${layer} verandert het meest (‖Δ‖ = ${norm}); het verlies van de doelwaarden daalde van ${from} naar ${to}.`,
    spotNorm: (layer, norm) => `${layer}: ‖Δ‖ = ${norm}`,
    spotLoss: (fact, iteration, loss) => `Feit ${fact}, iteratie ${iteration}: verlies ${loss}`,
    spotError: (layer, error) => `${layer}: ‖z − h‖ = ${error}`,
    spotCell: (rows, columns, value) => `Rijen ${rows}, kolommen ${columns}: ${value} (kwadratisch gemiddelde)`,
    loss: 'verlies',
  },

  trace: {
    title: 'Causaal spoor',
    about: (samples, window) =>
      `Rijen: tokens van de prompt, die van het onderwerp vet. Kolommen: lagen. Een cel toont hoeveel punten van de kans op het antwoord terugkomen als alleen daar de toestand zonder ruis wordt hersteld. Bij MLP en attention gaat het om de uitvoer van de omliggende lagen (venster: ${window}). Omkaderd: waar een bewerking wordt geschreven. Gemiddelde over ${samples} trekkingen van ruis van drie standaardafwijkingen (ROME, arXiv 2202.05262).`,
    restored: 'Hersteld',
    components: { state: 'verborgen toestand', mlp: 'MLP', attention: 'attention' },
    scale: 'punten van de kans op het antwoord die terugkomen',
    scaleLost: '; oranje: verloren punten',
    points: (points) => `${points} punten`,
    edited: 'bewerkt',
    layers: (first, last) => `lagen ${first}–${last}`,
    position: 'Positie',
    token: 'Token',
    subject: 'Onderwerp',
    spot: (token, layers, restored, corrupted) =>
      `Hersteld bij ‘${token}’, ${layers}:\nhet antwoord heeft ${restored} in plaats van ${corrupted}`,
    finding: (subject, answer, clean, corrupted) =>
      `Ruis op ‘${subject}’ brengt het antwoord ‘${answer}’ van ${clean} naar ${corrupted}.`,
    findingRobust: (subject, answer, clean, corrupted) =>
      `Ruis op ‘${subject}’ raakt het antwoord ‘${answer}’ nauwelijks: ${clean} zonder, ${corrupted} met ruis. Er valt bijna niets terug te halen, dus de figuur zegt weinig.`,
    findingBack: (what, token, layers, share) =>
      `Alleen ‘${token}’ herstellen (${what}, ${layers}) brengt ${share} daarvan terug.`,
    findingMoves: (layer) => `Vanaf ${layer} dragen de tokens na het onderwerp er meer van dan het onderwerp zelf.`,
  },

  merge: {
    title: 'Samengevoegde bewerkingen',
    about:
      'De feiten van elke taal worden apart bewerkt, vanuit de onbewerkte gewichten; daarna worden de bewerkingen samengevoegd en alle vragen gesteld. Lijn: dezelfde feiten na elkaar, met de hierboven gekozen methode. Gemiddelden over alle talen, in procenten.',
    sequential: (method) => `${method}, na elkaar`,
    merge: 'Samenvoeging',
    shared: (merge) => `${merge} (gedeeld)`,
    finding: (merge, efficacy, specificity) =>
      `Het beste naar doeltreffendheid, dan naar specificiteit: ${merge}, met ${efficacy}\u00a0% en ${specificity}\u00a0%.`,
    findingBeside: (method, efficacy, specificity) => `${method}: ${efficacy}\u00a0% en ${specificity}\u00a0%.`,
    spot: (merge, metric, value) => `${merge}\n${metric}: ${value}\u00a0%`,
  },

  comparison: {
    title: 'Methoden naast elkaar',
    about:
      'Elke methode bewerkt dezelfde feiten met dezelfde seed, vanuit het onbewerkte model. Balken: na de laatste stap. Korte strepen: het onbewerkte model. Onveranderde antwoorden: hoeveel tokens van de antwoorden op andere vragen nog die van het onbewerkte model zijn. Nuldimensies: die van de laag met de minste, bij methoden die projecteren. Alleen maten waarin de methoden verschillen, zijn getekend.',
    finding: (best, value, worst, least) =>
      `De gemiddelde doeltreffendheid is het hoogst met ${best} (${value}\u00a0%) en het laagst met ${worst} (${least}\u00a0%).`,
    findingSame: (value) => `Alle methoden halen dezelfde gemiddelde doeltreffendheid: ${value}\u00a0%.`,
    kept: (best, value, worst, least) =>
      `Andere antwoorden blijven het best behouden met ${best} (${value}) en het slechtst met ${worst} (${least}).`,
    keptSame: (value) => `Alle behouden evenveel andere antwoorden: ${value}.`,
    keptOf: (kept, asked) => `${kept} van ${asked}`,
    method: 'Methode',
    notMeasured: 'niet gemeten',
    changed: 'Andere antwoorden veranderd',
    same: (list) => `Niet getekend, omdat alle methoden daarin gelijk zijn: ${list}.`,
    unchanged: 'Onveranderde antwoorden',
    others: (asked) => `Andere antwoorden als voorheen, van ${asked}`,
    nullLeft: 'Nuldimensies',
    seconds: 'Seconden per stap',
    spot: (method, language, metric, value) => `${method}, ${language}, ${metric}: ${value}`,
  },

  formula: {
    title: 'De gesloten vorm',
    about: 'De wijziging van één laag in één stap. Kies een term om zijn waarden te zien.',
    findingOne: (rank, dimension) =>
      `Eén sleutel, geprojecteerd op ${rank} van ${dimension} dimensies, geeft de wijziging in één oplossing.`,
    finding: (keys, rank, dimension) =>
      `${keys} sleutels, geprojecteerd op ${rank} van ${dimension} dimensies, geven de wijziging in één oplossing.`,
    findingPlainOne: 'Eén sleutel geeft de wijziging in gesloten vorm.',
    findingPlain: (keys) => `${keys} sleutels geven de wijziging in gesloten vorm.`,
    choose: 'Termen van de formule',
    shape: 'Vorm',
    norm: 'Norm',
    condition: 'Conditiegetal',
    rank: 'Rang',
    corner: 'Eerste waarden',
    terms: {
      update: 'Δ: wat bij de gewichten van deze laag wordt opgeteld.',
      residuals: 'R: wat de uitgangen bij de bewerkte tokens nog missen; het aandeel van deze laag daarin.',
      keys: 'K: de sleutels, een kolom per feit: ingangen van de bewerkte matrix bij de bewerkte tokens.',
      projector:
        'P: de projector op de nulruimte van de sleutels van alles wat moet blijven. Bewaard als basis, zodat P² = P precies klopt.',
      inverse: 'De inverse verdeelt de wijziging over sleutels die op elkaar lijken. λ houdt haar begrensd.',
    },
  },

  solver: {
    coming:
      'Het programma dat de wijziging berekent, wordt nog geladen. Tot dan zie je de sleutels en wat de eerdere opspannen.',
    busy: 'Het programma is bezig; de figuur toont zijn laatste antwoord.',
  },
  geometry: {
    title: 'De nulruimte in drie dimensies',
    about:
      'Een model met drie ingangen. Eerdere sleutels horen bij kennis die moet blijven. De lijn of het vlak dat ze opspannen, is beschermd; de rest is de nulruimte. De nieuwe sleutel wordt in beide delen gesplitst, en alleen het deel in de nulruimte draagt de wijziging. Sleep de pijlpunten of verplaats ze met de schuiven; sleep elders (op een aanraakscherm zijwaarts) om het beeld te draaien. Bij een drempel boven 0 tellen ook weinig gebruikte richtingen als nul, en die worden verstoord.',
    past: (index) => `eerdere sleutel ${index}`,
    fresh: 'nieuwe sleutel',
    projected: 'P k',
    nullspace: 'nulruimte',
    span: 'ruimte van de eerdere sleutels',
    pastKeys: 'Eerdere sleutels',
    finding: (share, disturbed, plain) =>
      `${share} van de nieuwe sleutel ligt in de nulruimte. De wijziging verschuift de antwoorden op eerdere sleutels met ${disturbed}; zonder projector met ${plain}.`,
    stuck: 'De eerdere sleutels spannen alles op: de nulruimte is leeg, en elke wijziging zou ze verstoren.',
    spot: (name, x, y, z) => `${name}: (${x}; ${y}; ${z})`,
    turn: 'Beeld draaien',
    move: 'Verplaatsen',
  },
};
