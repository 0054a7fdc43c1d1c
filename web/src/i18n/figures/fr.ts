/** The figures in French. */

import type { FigureMessages } from './en';

export const fr: FigureMessages = {
  figures: 'Figures',
  keys: 'Les touches fléchées lisent les valeurs une à une.',
  table: 'Tableau',
  larger: 'Plein écran',
  smaller: 'Quitter le plein écran',
  empty: 'Modifiez un fait, et les figures montreront ce que la modification a fait au modèle, et pourquoi.',
  noData:
    'Il n’y a pas de données pour cette figure : la méthode ne résout rien en forme close, ou le rapport vient d’une version plus ancienne.',
  running: 'La modification est en cours : les figures montrent les étapes déjà faites.',
  step: 'Étape',
  layer: 'Couche',
  layerName: (layer) => `couche ${layer}`,
  stepName: (step, language) => `étape ${step}, ${language}`,
  language: 'Langue',
  metric: 'Mesure',
  efficacy: 'Efficacité',
  generality: 'Généralité',
  specificity: 'Spécificité',
  before: 'avant',
  after: 'après',
  view: 'Vue',
  direction: 'directions',

  accuracy: {
    title: 'Exactitude avant et après',
    about:
      'Vide : le modèle non modifié. Plein : après la dernière étape. L’efficacité pose l’amorce modifiée, la généralité d’autres formulations, la spécificité des questions sans rapport.',
    both: 'avant → après',
    perStep: 'pas à pas',
    finding: (before, after, best, bestAfter, worst, worstAfter) =>
      `L’efficacité est passée en moyenne de ${before}\u00a0% à ${after}\u00a0% ; elle est la plus haute en ${best} (${bestAfter}\u00a0%) et la plus basse en ${worst} (${worstAfter}\u00a0%).`,
    findingSame: (before, after) =>
      `L’efficacité est passée en moyenne de ${before}\u00a0% à ${after}\u00a0% ; elle est la même dans toutes les langues.`,
    findingOne: (before, after, language) =>
      `L’efficacité en ${language} est passée de ${before}\u00a0% à ${after}\u00a0%.`,
    spot: (language, metric, before, after) => `${language}, ${metric} : ${before}\u00a0% avant, ${after}\u00a0% après`,
    spotStep: (language, metric, step, value) => `${language}, ${metric} après ${step} : ${value}\u00a0%`,
  },

  matrix: {
    title: 'Matrice d’exactitude',
    about:
      'Une ligne est une étape, nommée d’après la langue qu’elle a modifiée ; une colonne est la langue interrogée. Encadrée : la langue modifiée à cette étape. Oubli : ce qu’une langue a perdu depuis sa meilleure étape, à partir de sa première modification.',
    edited: 'modifiée',
    asked: 'interrogée',
    forgetting: 'oubli',
    findingForgets: (language, best, now) =>
      `C’est en ${language} que l’oubli est le plus fort : jusqu’à ${best}\u00a0% après la modification, ${now}\u00a0% maintenant.`,
    findingKeeps: 'Aucune langue n’a perdu en exactitude depuis sa modification.',
    findingTransfer: (from, to, points) =>
      ` Modifier en ${from} a déplacé l’exactitude en ${to} de ${points} points, alors que rien n’y avait été modifié.`,
    spot: (row, column, value) => `Après ${row} : ${value}\u00a0% (${column})`,
    spotForgetting: (language, points) => `${language} : ${points} points perdus depuis la meilleure étape`,
  },

  spectrum: {
    title: 'Spectre des clés',
    about:
      'Valeurs propres de la covariance des clés, la plus grande d’abord. Les directions sous le seuil forment le noyau, que les modifications peuvent utiliser. En dessous : quelle part de l’énergie des clés antérieures et des clés propres à cette modification tombe dans le noyau si l’on coupe là.',
    eigenvalue: 'valeur propre',
    rank: 'directions, des plus utilisées aux moins utilisées',
    exposed: 'part de l’énergie des clés dans le noyau',
    discarded: (count) => `${count} protégées`,
    kept: (count) => `${count} dans le noyau`,
    own: 'cette modification',
    threshold: 'Seuil',
    reset: 'Revenir au seuil du calcul',
    rerun: 'Recalculer avec',
    finding: (threshold, kept, all, energy) =>
      `Sous ${threshold} se trouvent ${kept} directions sur ${all} ; elles portent ${energy} de l’énergie des clés.`,
    findingLeak: (room, language, leak) =>
      ` Une modification peut y utiliser ${room} de l’énergie de ses clés et toucherait au plus ${leak} de celle d’une langue antérieure (${language}).`,
    findingRoom: (room) => ` Une modification peut y utiliser ${room} de l’énergie de ses clés.`,
    removed: (count) => ` ${count} d’entre elles sont allées à des modifications antérieures.`,
    spotValue: (rank, value) => `Direction ${rank} : valeur propre ${value}`,
    spotExposed: (rank, language, share) =>
      `Coupe après ${rank} directions : ${share} de l’énergie exposée (${language})`,
    none: 'Cette méthode ne projette pas sur un noyau : il n’y a pas de spectre à couper.',
  },

  budget: {
    title: 'Réserve de noyau',
    about: 'Dimensions du noyau avant chaque étape, par couche. La prévision prolonge le changement moyen d’une étape.',
    dimensions: 'dimensions du noyau',
    forecast: 'prévision',
    findingFalling: (lost, layer, left, steps) =>
      `Chaque étape prend en moyenne ${lost} dimensions ; la couche ${layer} en a encore ${left}, de quoi faire environ ${steps} étapes comme celles-ci.`,
    findingSteady: (layer, left, share) =>
      `Le noyau n’a pas rétréci : le plus petit est celui de la couche ${layer}, ${left} dimensions (${share}).`,
    findingFirst: (layer, left, share) => `La couche ${layer} a le plus petit noyau : ${left} dimensions (${share}).`,
    spot: (step, layer, count, share) => `Avant ${step} : ${count} dimensions du noyau, ${layer} (${share})`,
  },

  projection: {
    title: 'Projection sur le noyau',
    about:
      'R Kᵀ est le changement qui écrirait les nouvelles réponses sans égard au reste. Le projecteur P enlève ce qui suit des directions utilisées. Barres : les normes au carré des deux parts, dont la somme fait le tout. Points : la part le long des clés des faits modifiés avant, sans P (vide) et avec P (plein).',
    removed: 'enlevé par P',
    surviving: 'conservé',
    along: '‖R Kᵀ‖ le long des clés antérieures',
    noPast: 'Rien n’a été modifié avant cette étape.',
    finding: (removed, layer) =>
      `Dans la couche ${layer}, le projecteur enlève ${removed} du changement : la part le long des directions qu’utilisent d’autres connaissances.`,
    findingAlong: (language, factor) =>
      ` Ce qui en reste le long des clés en ${language} est ${factor} fois plus petit qu’avant.`,
    findingNone: 'Cette méthode ne projette pas : tout le changement est appliqué, clés antérieures ou non.',
    spotPart: (layer, removed, surviving) => `${layer} : P enlève ${removed}, ${surviving} est conservé`,
    spotAlong: (language, before, after) => `Le long des clés (${language}) : ${before} sans P, ${after} avec P`,
  },

  disturbance: {
    title: 'Perturbation des faits antérieurs',
    about:
      'Chaque fait modifié avant cette étape. Trait : ‖Σ Δ k‖, prédit d’après ses clés avant d’appliquer le changement. Barre : de combien l’état caché a bougé au token modifié, mesuré ensuite dans le modèle, avec ce que l’attention et les couches modifiées précédentes en font.',
    norm: 'changement au token modifié',
    predicted: 'prédit',
    measured: 'mesuré',
    own: 'faits propres à cette étape',
    finding: (language, measured, own, share) =>
      `L’étape déplace ses propres faits de ${own} ; parmi les faits antérieurs, ceux en ${language} bougent le plus, de ${measured} en moyenne, soit ${share}.`,
    findingPredicted: (predicted) => ` La prédiction était de ${predicted}.`,
    first: 'C’est la première étape : il n’y a pas de faits antérieurs à perturber.',
    spot: (fact, language, predicted, measured) =>
      `Fait ${fact}, ${language} : ${predicted} prédit, ${measured} mesuré`,
    fact: 'Fait',
  },

  foresight: {
    title: 'Effet sur les faits antérieurs',
    about:
      'Chaque fait modifié auparavant. Trait : ‖Σ Δ k‖, prédit d’après sa clé avant d’appliquer. Barre, une fois appliqué : de combien il a bougé dans le modèle.',
    unit: 'part du déplacement du nouveau fait',
    would: {
      some: (count, languages, most) =>
        `Appliquer ceci déplacerait les réponses de ${count} ${count === 1 ? 'fait antérieur' : 'faits antérieurs'} (${languages}), jusqu’à ${most} du déplacement du nouveau.`,
      none: (least) =>
        `Appliquer ceci ne déplacerait aucun fait antérieur, fût-ce de ${least} du déplacement du nouveau.`,
    },
    did: {
      some: (count, languages, most) =>
        `Cela a déplacé les réponses de ${count} ${count === 1 ? 'fait antérieur' : 'faits antérieurs'} (${languages}), jusqu’à ${most} du déplacement du nouveau.`,
      none: (least) => `Cela n’a déplacé aucun fait antérieur, fût-ce de ${least} du déplacement du nouveau.`,
    },
    foreseen: (most) => ` Prédiction : jusqu’à ${most}.`,
    spot: (fact, language, predicted) => `Fait ${fact}, ${language} : ${predicted} prédit`,
  },

  overlap: {
    title: 'Recouvrement des langues',
    about:
      'Angles principaux entre les sous-espaces qu’engendrent les clés modifiées des langues : 0° signifie les mêmes directions, 90° aucune en commun. Seules les langues modifiées sont montrées.',
    finding: (a, b, angle, c, d, far) =>
      `L’angle est le plus petit entre ${a} et ${b}, ${angle}, et le plus grand entre ${c} et ${d}, ${far}.`,
    findingTwo: (a, b, angle) => `L’angle entre les clés en ${a} et en ${b} est de ${angle}.`,
    none: 'Modifiez des faits dans deux langues pour voir ce que leurs clés ont en commun.',
    statistic: 'Angle',
    least: 'plus petit',
    median: 'médian',
    greatest: 'plus grand',
    spot: (a, b, least, median, greatest) => `${a} et ${b} : ${median} au milieu, de ${least} à ${greatest}`,
  },

  update: {
    title: 'Le changement',
    about:
      'Norme du changement par couche ; la perte des valeurs cibles pendant leur recherche ; le changement lui-même, réduit en blocs ; et la distance de l’état caché à sa cible au tour de chaque couche.',
    norms: '‖Δ‖ par couche',
    map: 'Δ (sorties en bas, entrées à droite)',
    losses: 'perte des valeurs cibles',
    errors: '‖z − h‖ par couche',
    iteration: 'itération',
    finding: (layer, norm, from, to) =>
      `La couche ${layer} change le plus (‖Δ‖ = ${norm}) ; la perte des cibles est descendue de ${from} à ${to}.`,
    spotNorm: (layer, norm) => `${layer} : ‖Δ‖ = ${norm}`,
    spotLoss: (fact, iteration, loss) => `Fait ${fact}, itération ${iteration} : perte ${loss}`,
    spotError: (layer, error) => `${layer} : ‖z − h‖ = ${error}`,
    spotCell: (rows, columns, value) => `Lignes ${rows}, colonnes ${columns} : ${value} (moyenne quadratique)`,
    loss: 'perte',
  },

  trace: {
    title: 'Trace causale',
    about: (samples, window) =>
      `Lignes : jetons de l’amorce, ceux du sujet en gras. Colonnes : couches. Une case dit combien de points de la probabilité de la réponse reviennent quand on remet là, et nulle part ailleurs, l’état du passage sans bruit ; pour le MLP et l’attention, les sorties des couches autour (fenêtre : ${window}). Encadré : là où une édition écrit. Moyenne sur ${samples} tirages d’un bruit de trois écarts types (ROME, arXiv 2202.05262).`,
    restored: 'Remis',
    components: { state: 'état caché', mlp: 'MLP', attention: 'attention' },
    scale: 'points de probabilité de la réponse qui reviennent',
    scaleLost: ' ; orange : points perdus',
    points: (points) => `${points} points`,
    edited: 'éditées',
    layers: (first, last) => `couches ${first}–${last}`,
    position: 'Position',
    token: 'Jeton',
    subject: 'Sujet',
    spot: (token, layers, restored, corrupted) =>
      `Remis à « ${token} », ${layers} :\nla réponse a ${restored} au lieu de ${corrupted}`,
    finding: (subject, answer, clean, corrupted) =>
      `Le bruit sur « ${subject} » fait passer la réponse « ${answer} » de ${clean} à ${corrupted}.`,
    findingRobust: (subject, answer, clean, corrupted) =>
      `Le bruit sur « ${subject} » ne touche guère la réponse « ${answer} » : ${clean} sans lui, ${corrupted} avec lui. Il n’y a presque rien à ramener, l’image dit donc peu.`,
    findingBack: (what, token, layers, share) =>
      `Remis à « ${token} » seul (${what}, ${layers}), ${share} de cette perte revient.`,
    findingMoves: (layer) => `À partir de la ${layer}, les jetons après le sujet en portent plus que le sujet.`,
  },

  merge: {
    title: 'Éditions fusionnées',
    about:
      'Les faits de chaque langue sont édités seuls, à partir des poids non édités ; les éditions sont fusionnées et toutes les questions posées. Trait : les mêmes faits l’un après l’autre, avec la méthode choisie. Moyennes sur les langues, en pour cent.',
    sequential: (method) => `${method}, à la suite`,
    merge: 'Fusion',
    shared: (merge) => `${merge}, partagée`,
    finding: (merge, efficacy, specificity) =>
      `La fusion la plus efficace est ${merge} : ${efficacy}\u00a0%, avec ${specificity}\u00a0% de spécificité.`,
    findingBeside: (method, efficacy, specificity) => `${method} : ${efficacy}\u00a0% et ${specificity}\u00a0%.`,
    spot: (merge, metric, value) => `${merge}\n${metric} : ${value}\u00a0%`,
  },

  formula: {
    title: 'La forme close',
    about: 'Le changement d’une couche en une étape. Choisissez un terme pour voir ce qu’il était.',
    findingOne: (rank, dimension) =>
      `Une clé, projetée sur ${rank} dimensions parmi ${dimension}, donne le changement en une seule résolution.`,
    finding: (keys, rank, dimension) =>
      `${keys} clés, projetées sur ${rank} dimensions parmi ${dimension}, donnent le changement en une seule résolution.`,
    findingPlainOne: 'Une clé donne le changement sous forme close.',
    findingPlain: (keys) => `${keys} clés donnent le changement sous forme close.`,
    choose: 'Termes de la formule',
    shape: 'Taille',
    norm: 'Norme',
    condition: 'Conditionnement',
    rank: 'Rang',
    corner: 'Premières valeurs',
    terms: {
      update: 'Δ : ce qui est ajouté aux poids de cette couche.',
      residuals: 'R : ce qui manque aux sorties aux tokens modifiés, la part de cette couche.',
      keys: 'K : les clés, une colonne par fait : entrées de la matrice modifiée aux tokens modifiés.',
      projector:
        'P : le projecteur sur le noyau des clés de tout ce qui doit rester. Gardé comme base, de sorte que P² = P exactement.',
      inverse: 'L’inverse partage le changement entre les clés qui se ressemblent. λ le garde borné.',
    },
  },

  solver: {
    coming:
      'Le moteur qui calcule le changement arrive. En attendant, vous voyez les clés et ce que les anciennes engendrent.',
    busy: 'Le moteur est occupé ; le dessin montre sa dernière réponse.',
  },
  geometry: {
    title: 'Le noyau en trois dimensions',
    about:
      'Un modèle à trois entrées. Orange : clés des connaissances qui doivent rester. Le plan ou la droite qu’elles engendrent est protégé ; le reste est le noyau. La nouvelle clé est décomposée, et seule sa part dans le noyau porte le changement. Tirez les pointes des flèches ou déplacez-les avec les curseurs ; tirez ailleurs pour tourner la vue. Au-dessus d’un seuil de 0, les directions peu utilisées comptent aussi comme nulles, et sont perturbées.',
    past: (index) => `clé antérieure ${index}`,
    fresh: 'nouvelle clé',
    projected: 'P k',
    nullspace: 'noyau',
    span: 'espace des clés antérieures',
    pastKeys: 'Clés antérieures',
    finding: (share, disturbed, plain) =>
      `${share} de la nouvelle clé est dans le noyau. Le changement déplace les clés antérieures de ${disturbed} ; sans le projecteur, ce serait ${plain}.`,
    stuck:
      'Les clés antérieures engendrent tout : le noyau est vide, et aucun changement n’est possible sans les perturber.',
    spot: (name, x, y, z) => `${name} : (${x} ; ${y} ; ${z})`,
    turn: 'Tourner la vue',
    move: 'Déplacer',
  },
};
