/** The figures in Dutch. */

import type { FigureMessages } from './en';

export const nl: FigureMessages = {
  figures: 'Figuren',
  keys: 'De pijltjestoetsen lezen de waarden een voor een voor.',
  table: 'Tabel',
  larger: 'Volledig scherm',
  smaller: 'Volledig scherm verlaten',
  empty: 'Bewerk een feit, en de figuren laten zien wat de bewerking in het model heeft gedaan en waarom.',
  noData:
    'Voor deze figuur zijn er geen gegevens: de methode lost niets in gesloten vorm op, of het verslag is met een oudere versie gemaakt.',
  running: 'De bewerking loopt: de figuren tonen de stappen tot nu toe.',
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
  direction: 'richtingen',

  accuracy: {
    title: 'Nauwkeurigheid voor en na',
    about:
      'Open: het onbewerkte model. Gevuld: na de laatste stap. Doeltreffendheid vraagt het bewerkte zinsbegin, algemeenheid andere bewoordingen, specificiteit vragen die er los van staan.',
    both: 'voor → na',
    perStep: 'stap voor stap',
    finding: (before, after, best, bestAfter, worst, worstAfter) =>
      `De doeltreffendheid steeg gemiddeld van ${before}\u00a0% naar ${after}\u00a0%; ze is het hoogst in het ${best} (${bestAfter}\u00a0%) en het laagst in het ${worst} (${worstAfter}\u00a0%).`,
    findingSame: (before, after) =>
      `De doeltreffendheid ging gemiddeld van ${before}\u00a0% naar ${after}\u00a0% en is in alle talen gelijk.`,
    findingOne: (before, after, language) =>
      `De doeltreffendheid in het ${language} ging van ${before}\u00a0% naar ${after}\u00a0%.`,
    spot: (language, metric, before, after) => `${language}, ${metric}: ${before}\u00a0% voor, ${after}\u00a0% na`,
    spotStep: (language, metric, step, value) => `${language}, ${metric} na ${step}: ${value}\u00a0%`,
  },

  matrix: {
    title: 'Nauwkeurigheidsmatrix',
    about:
      'Een rij is een stap, genoemd naar de taal die erin werd bewerkt; een kolom is de taal die wordt gevraagd. Omkaderd: de taal die in die stap werd bewerkt. Vergeten: wat een taal sinds haar beste stap vanaf haar eerste bewerking heeft verloren.',
    edited: 'bewerkt',
    asked: 'gevraagd',
    forgetting: 'vergeten',
    findingForgets: (language, best, now) =>
      `${language} is het meest vergeten: na de bewerking was het tot ${best}\u00a0%, nu is het ${now}\u00a0%.`,
    findingKeeps: 'Geen taal heeft sinds haar bewerking aan nauwkeurigheid ingeboet.',
    findingTransfer: (from, to, points) =>
      ` De bewerking van het ${from} verschoof het ${to} met ${points} punten, hoewel daarin nog niets was bewerkt.`,
    spot: (row, column, value) => `Na ${row}: ${value}\u00a0% in het ${column}`,
    spotForgetting: (language, points) => `${language} heeft sinds de beste stap ${points} punten verloren`,
  },

  spectrum: {
    title: 'Spectrum van de sleutels',
    about:
      'Eigenwaarden van de covariantie van de sleutels, de grootste eerst. Richtingen onder de drempel zijn de nulruimte, die bewerkingen mogen gebruiken. Daaronder: welk deel van de energie van eerdere sleutels en van de eigen sleutels van deze bewerking in de nulruimte ligt als daar wordt gesneden.',
    eigenvalue: 'eigenwaarde',
    rank: 'richtingen, de meest gebruikte eerst',
    exposed: 'deel van de energie van de sleutels in de nulruimte',
    discarded: (count) => `${count} beschermd`,
    kept: (count) => `${count} in de nulruimte`,
    own: 'deze bewerking',
    threshold: 'Drempel',
    reset: 'Terug naar de drempel van de run',
    rerun: 'Hiermee opnieuw',
    finding: (threshold, kept, all, energy) =>
      `Onder ${threshold} liggen ${kept} van ${all} richtingen; zij bevatten ${energy} van de energie van de sleutels.`,
    findingLeak: (room, language, leak) =>
      ` Een bewerking kan daar ${room} van de energie van haar sleutels gebruiken en raakt hoogstens ${leak} van die van een eerdere taal (${language}).`,
    findingRoom: (room) => ` Een bewerking kan daar ${room} van de energie van haar sleutels gebruiken.`,
    removed: (count) => ` ${count} daarvan gingen naar eerdere bewerkingen.`,
    spotValue: (rank, value) => `Richting ${rank}: eigenwaarde ${value}`,
    spotExposed: (rank, language, share) =>
      `Snede na ${rank} richtingen: ${share} van de energie van ${language} ligt open`,
    none: 'Deze methode projecteert niet op een nulruimte; er is geen spectrum om te snijden.',
  },

  budget: {
    title: 'Voorraad nulruimte',
    about:
      'Dimensies van de nulruimte voor elke stap, per laag. De voorspelling zet de gemiddelde verandering per stap voort.',
    dimensions: 'dimensies van de nulruimte',
    forecast: 'voorspelling',
    findingFalling: (lost, layer, left, steps) =>
      `Elke stap kost gemiddeld ${lost} dimensies; laag ${layer} heeft er nog ${left}, genoeg voor ongeveer ${steps} zulke stappen.`,
    findingSteady: (layer, left, share) =>
      `De nulruimte is niet gekrompen: laag ${layer} heeft de kleinste, ${left} dimensies (${share}).`,
    findingFirst: (layer, left, share) => `Laag ${layer} heeft de kleinste nulruimte: ${left} dimensies (${share}).`,
    spot: (step, layer, count, share) => `Voor ${step}: ${count} dimensies van de nulruimte in ${layer} (${share})`,
  },

  projection: {
    title: 'Projectie op de nulruimte',
    about:
      'R Kᵀ is de verandering die de nieuwe antwoorden zonder omzien naar iets anders zou schrijven. De projector P verwijdert wat langs gebruikte richtingen ligt. Balken: de gekwadrateerde normen van beide delen, samen het geheel. Punten: het deel langs de sleutels van eerder bewerkte feiten, zonder P (open) en met P (gevuld).',
    removed: 'door P verwijderd',
    surviving: 'blijft over',
    along: '‖R Kᵀ‖ langs eerdere sleutels',
    noPast: 'Voor deze stap werd niets bewerkt.',
    finding: (removed, layer) =>
      `In laag ${layer} verwijdert de projector ${removed} van de verandering: het deel langs richtingen die andere kennis gebruikt.`,
    findingAlong: (language, factor) =>
      ` Wat er langs de sleutels van het ${language} van overblijft, is ${factor} keer kleiner dan ervoor.`,
    findingNone: 'Deze methode projecteert niet: de hele verandering wordt toegepast, eerdere sleutels of niet.',
    spotPart: (layer, removed, surviving) => `${layer}: P verwijdert ${removed}, ${surviving} blijft over`,
    spotAlong: (language, before, after) => `Langs de sleutels van ${language}: ${before} zonder P, ${after} met P`,
  },

  disturbance: {
    title: 'Verstoring van eerdere feiten',
    about:
      'Elk feit dat voor deze stap werd bewerkt. Streep: ‖Σ Δ k‖, vóór het toepassen uit zijn sleutels voorspeld. Balk: hoever de verborgen toestand bij het bewerkte token bewoog, daarna in het model gemeten, met alles wat aandacht en eerdere bewerkte lagen ervan maken.',
    norm: 'verandering bij het bewerkte token',
    predicted: 'voorspeld',
    measured: 'gemeten',
    own: 'eigen feiten van deze stap',
    finding: (language, measured, own, share) =>
      `De stap verplaatst zijn eigen feiten met ${own}; van de eerdere bewegen die in het ${language} het meest, gemiddeld ${measured}, ${share} daarvan.`,
    findingPredicted: (predicted) => ` Voorspeld was ${predicted}.`,
    first: 'Dit is de eerste stap: er zijn geen eerdere feiten om te verstoren.',
    spot: (fact, language, predicted, measured) =>
      `Feit ${fact}, ${language}: ${predicted} voorspeld, ${measured} gemeten`,
    fact: 'Feit',
  },

  foresight: {
    title: 'Effect op eerdere feiten',
    about:
      'Elk eerder bewerkt feit. Streep: ‖Σ Δ k‖, vóór het toepassen uit zijn sleutel voorspeld. Balk, na het toepassen: hoever het in het model bewoog.',
    unit: 'deel van hoever het nieuwe feit beweegt',
    would: {
      some: (count, languages, most) =>
        `Dit zou de antwoorden op ${count} ${count === 1 ? 'eerder feit' : 'eerdere feiten'} (${languages}) tot ${most} zo ver verschuiven als het nieuwe.`,
      none: (least) => `Dit zou geen enkel eerder feit ook maar ${least} zo ver verschuiven als het nieuwe.`,
    },
    did: {
      some: (count, languages, most) =>
        `Dit heeft de antwoorden op ${count} ${count === 1 ? 'eerder feit' : 'eerdere feiten'} (${languages}) tot ${most} zo ver verschoven als het nieuwe.`,
      none: (least) => `Dit heeft geen enkel eerder feit ook maar ${least} zo ver verschoven als het nieuwe.`,
    },
    foreseen: (most) => ` Voorspeld: tot ${most}.`,
    spot: (fact, language, predicted) => `Feit ${fact}, ${language}: ${predicted} voorspeld`,
  },

  overlap: {
    title: 'Overlap van de talen',
    about:
      'Hoofdhoeken tussen de deelruimten die de bewerkte sleutels van de talen opspannen: 0° betekent dezelfde richtingen, 90° geen enkele gemeen. Alleen bewerkte talen worden getoond.',
    finding: (a, b, angle, c, d, far) =>
      `${a} en ${b} liggen het dichtst bij elkaar, ${angle}; ${c} en ${d} het verst uiteen, ${far}.`,
    findingTwo: (a, b, angle) => `De sleutels van ${a} en ${b} liggen ${angle} uiteen.`,
    none: 'Bewerk feiten in twee talen om te zien wat hun sleutels gemeen hebben.',
    statistic: 'Hoek',
    least: 'kleinste',
    median: 'middelste',
    greatest: 'grootste',
    spot: (a, b, least, median, greatest) => `${a} en ${b}: ${median} in het midden, van ${least} tot ${greatest}`,
  },

  update: {
    title: 'De verandering',
    about:
      'Norm van de verandering per laag; het verlies van de doelwaarden terwijl ze werden gezocht; de verandering zelf, verkleind tot blokken; en hoever de verborgen toestand van zijn doel was toen elke laag aan de beurt kwam.',
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
      `Rijen: tokens van de prompt, die van het onderwerp vet. Kolommen: lagen. Een cel zegt hoeveel punten van de kans op het antwoord terugkomen als alleen daar de toestand uit de run zonder ruis wordt teruggezet; bij MLP en attention de uitvoer van de lagen eromheen (venster: ${window}). Omlijnd: waar een bewerking schrijft. Gemiddelde over ${samples} trekkingen van ruis van drie standaardafwijkingen (ROME, arXiv 2202.05262).`,
    restored: 'Teruggezet',
    components: { state: 'toestand', mlp: 'MLP', attention: 'attention' },
    scale: 'punten van de kans op het antwoord die terugkomen',
    scaleLost: '; oranje: verloren punten',
    points: (points) => `${points} punten`,
    edited: 'bewerkt',
    layers: (first, last) => `lagen ${first}–${last}`,
    position: 'Positie',
    token: 'Token',
    subject: 'Onderwerp',
    spot: (token, layers, restored, corrupted) =>
      `Teruggezet bij “${token}”, ${layers}:\nhet antwoord heeft ${restored} in plaats van ${corrupted}`,
    finding: (subject, answer, clean, corrupted) =>
      `Ruis op “${subject}” brengt het antwoord “${answer}” van ${clean} naar ${corrupted}.`,
    findingRobust: (subject, answer, clean, corrupted) =>
      `Ruis op “${subject}” raakt het antwoord “${answer}” nauwelijks: ${clean} zonder, ${corrupted} met. Er valt bijna niets terug te halen, dus het beeld zegt weinig.`,
    findingBack: (what, token, layers, share) =>
      `Alleen teruggezet bij “${token}” (${what}, ${layers}) komt ${share} daarvan terug.`,
    findingMoves: (layer) => `Vanaf ${layer} dragen de tokens achter het onderwerp er meer van dan het onderwerp.`,
  },

  merge: {
    title: 'Samengevoegde bewerkingen',
    about:
      'De feiten van elke taal worden apart bewerkt, vanuit de onbewerkte gewichten; de bewerkingen worden samengevoegd en alle vragen gesteld. Lijn: dezelfde feiten na elkaar, met de gekozen methode. Gemiddelden over de talen, in procenten.',
    sequential: (method) => `${method}, na elkaar`,
    merge: 'Samenvoeging',
    shared: (merge) => `${merge}, gedeeld`,
    finding: (merge, efficacy, specificity) =>
      `De hoogste doeltreffendheid heeft ${merge}: ${efficacy}\u00a0%, met ${specificity}\u00a0% specificiteit.`,
    findingBeside: (method, efficacy, specificity) => `${method}: ${efficacy}\u00a0% en ${specificity}\u00a0%.`,
    spot: (merge, metric, value) => `${merge}\n${metric}: ${value}\u00a0%`,
  },

  formula: {
    title: 'De gesloten vorm',
    about: 'De verandering van één laag in één stap. Kies een term om te zien wat hij was.',
    findingOne: (rank, dimension) =>
      `Eén sleutel, geprojecteerd op ${rank} van ${dimension} dimensies, geeft de verandering in één keer.`,
    finding: (keys, rank, dimension) =>
      `${keys} sleutels, geprojecteerd op ${rank} van ${dimension} dimensies, geven de verandering in één keer.`,
    findingPlainOne: 'Eén sleutel geeft de verandering in gesloten vorm.',
    findingPlain: (keys) => `${keys} sleutels geven de verandering in gesloten vorm.`,
    choose: 'Termen van de formule',
    shape: 'Vorm',
    norm: 'Norm',
    condition: 'Conditiegetal',
    rank: 'Rang',
    corner: 'Eerste waarden',
    terms: {
      update: 'Δ: wat bij de gewichten van deze laag wordt opgeteld.',
      residuals: 'R: wat de uitgangen bij de bewerkte tokens missen, het aandeel van deze laag.',
      keys: 'K: de sleutels, een kolom per feit: ingangen van de bewerkte matrix bij de bewerkte tokens.',
      projector:
        'P: de projector op de nulruimte van de sleutels van alles wat moet blijven. Bewaard als basis, zodat P² = P precies klopt.',
      inverse: 'De inverse verdeelt de verandering over sleutels die op elkaar lijken. λ houdt haar begrensd.',
    },
  },

  solver: {
    coming:
      'Het programma dat de verandering uitrekent, is onderweg. Tot dan zie je de sleutels en wat de eerdere opspannen.',
    busy: 'Het programma is bezig; getekend is zijn laatste antwoord.',
  },
  geometry: {
    title: 'De nulruimte in drie dimensies',
    about:
      'Een model met drie ingangen. Oranje: sleutels van kennis die moet blijven. Het vlak of de lijn die ze opspannen is beschermd; de rest is de nulruimte. De nieuwe sleutel wordt in beide delen gesplitst, en alleen het deel in de nulruimte draagt de verandering. Sleep de pijlpunten of verplaats ze met de schuiven; sleep elders om het beeld te draaien. Boven een drempel van 0 tellen ook weinig gebruikte richtingen als nul, en die worden verstoord.',
    past: (index) => `eerdere sleutel ${index}`,
    fresh: 'nieuwe sleutel',
    projected: 'P k',
    nullspace: 'nulruimte',
    span: 'ruimte van de eerdere sleutels',
    pastKeys: 'Eerdere sleutels',
    finding: (share, disturbed, plain) =>
      `${share} van de nieuwe sleutel ligt in de nulruimte. De verandering verplaatst eerdere sleutels met ${disturbed}; zonder de projector met ${plain}.`,
    stuck:
      'De eerdere sleutels spannen alles op: de nulruimte is leeg, en geen verandering is mogelijk zonder ze te verstoren.',
    spot: (name, x, y, z) => `${name}: (${x}; ${y}; ${z})`,
    turn: 'Beeld draaien',
    move: 'Verplaatsen',
  },
};
