/** The figures in French. */

import { COUNTED_WORDS } from '../counted';
import { counter } from '../plural';
import type { FigureMessages } from './en';

const n = counter('fr');

export const fr: FigureMessages = {
  figures: 'Figures',
  keys: 'Les touches fléchées parcourent les valeurs une à une.',
  table: 'Tableau',
  larger: 'Plein écran',
  smaller: 'Quitter le plein écran',
  empty: 'Modifiez un fait, et les figures montreront ce que cela a fait au modèle, et pourquoi.',
  noData:
    'Il n’y a pas de données pour cette figure : la méthode n’a pas de forme close, ou le rapport vient d’une version plus ancienne.',
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
  seed: 'graine',
  direction: 'direction',

  counted: COUNTED_WORDS.fr,

  accuracy: {
    title: 'Exactitude avant et après',
    about:
      'Creux : le modèle d’origine. Plein : après la dernière étape. L’efficacité pose l’amorce modifiée, la généralité d’autres formulations, la spécificité des questions sans rapport.',
    both: 'avant → après',
    perStep: 'pas à pas',
    finding: (before, after, best, bestAfter, worst, worstAfter) =>
      `L’efficacité moyenne est passée de ${before}\u00a0% à ${after}\u00a0%. Elle est la plus haute en ${best} (${bestAfter}\u00a0%) et la plus basse en ${worst} (${worstAfter}\u00a0%).`,
    findingSame: (before, after) =>
      `L’efficacité moyenne est passée de ${before}\u00a0% à ${after}\u00a0% ; elle est la même dans toutes les langues.`,
    findingOne: (before, after, language) =>
      `L’efficacité en ${language} est passée de ${before}\u00a0% à ${after}\u00a0%.`,
    spot: (language, metric, before, after) => `${language}, ${metric} : ${before}\u00a0% avant, ${after}\u00a0% après`,
    spotStep: (language, metric, step, value) => `${language}, ${metric} après ${step} : ${value}\u00a0%`,
  },

  matrix: {
    title: 'Matrice d’exactitude',
    about:
      'Chaque ligne est une étape, nommée d’après la langue modifiée ; chaque colonne est une langue interrogée. Encadrée : la langue modifiée à cette étape. Oubli : ce qu’une langue a perdu depuis sa meilleure étape, à partir de sa première modification. Au-delà de 24 étapes, seule une sélection régulière est dessinée ; le tableau les contient toutes.',
    edited: 'modifiée',
    asked: 'interrogée',
    forgetting: 'oubli',
    findingForgets: (language, best, now) =>
      `C’est en ${language} que l’oubli est le plus fort : jusqu’à ${best}\u00a0% après la modification, ${now}\u00a0% maintenant.`,
    findingForgetAlike: (languages, points) => `L’oubli est le plus fort en ${languages} : ${points} points chacun.`,
    findingKeeps: 'Aucune langue n’a perdu en exactitude depuis sa modification.',
    findingTransfer: (from, to, points) =>
      ` Modifier en ${from} a changé l’exactitude en ${to} de ${points} points, alors qu’aucun fait n’y avait été modifié.`,
    spot: (row, column, value) => `Après ${row} : ${value}\u00a0% (${column})`,
    spotForgetting: (language, points) => `${language} : ${points} points perdus depuis la meilleure étape`,
  },

  spectrum: {
    title: 'Spectre des clés',
    about:
      'Valeurs propres de la covariance des clés, la plus grande d’abord. Les directions sous le seuil forment le noyau, que les modifications peuvent utiliser. Courbes du bas : la part d’énergie qui tombe dans le noyau si l’on coupe là, pour les clés antérieures et pour celles de cette modification.',
    eigenvalue: 'valeur propre',
    rank: 'directions, des plus utilisées aux moins utilisées',
    exposed: 'part de l’énergie des clés dans le noyau',
    discarded: (count) => `${count} protégées`,
    kept: (count) => `${count} dans le noyau`,
    own: 'cette modification',
    threshold: 'Seuil',
    reset: 'Revenir au seuil du calcul',
    rerun: 'Relancer avec ce seuil',
    finding: (threshold, kept, all, energy) =>
      `${kept} directions sur ${all} sont sous ${threshold} ; ensemble, elles portent ${energy} de l’énergie des clés.`,
    findingLeak: (room, language, leak) =>
      ` Une modification peut y utiliser ${room} de l’énergie de ses clés ; celle d’une langue antérieure y est exposée à ${leak} au plus (${language}).`,
    findingRoom: (room) => ` Une modification peut y utiliser ${room} de l’énergie de ses clés.`,
    removed: (count) => ` ${count} d’entre elles sont prises par des modifications antérieures.`,
    spotValue: (rank, value) => `Direction ${rank} : valeur propre ${value}`,
    spotExposed: (rank, language, share) =>
      `Coupe après ${rank} directions : ${share} de l’énergie exposée (${language})`,
    none: 'Cette méthode ne projette pas sur un noyau : il n’y a pas de seuil à choisir.',
  },

  budget: {
    title: 'Budget du noyau',
    about:
      'Dimensions du noyau avant chaque étape, par couche. La prévision prolonge le changement moyen par étape. Les modifications échouent avant que la dernière dimension soit prise : une nouvelle réponse n’est écrite que dans la mesure où sa clé est dans le noyau.',
    dimensions: 'dimensions du noyau',
    forecast: 'prévision',
    findingFalling: (lost, layer, left, steps) =>
      `Chaque étape prend en moyenne ${lost} dimensions à la couche ${layer} ; il lui en reste ${left}, assez pour environ ${steps} étapes à ce rythme. Cela ne dit rien des réponses : elles peuvent se perdre, et les modifications échouer, bien avant.`,
    findingSteady: (layer, left, share) =>
      `Le noyau n’a pas rétréci : le plus petit est celui de la couche ${layer}, ${left} dimensions (${share}).`,
    findingFirst: (layer, left, share) => `La couche ${layer} a le plus petit noyau : ${left} dimensions (${share}).`,
    spot: (step, layer, count, share) => `Avant ${step} : ${count} dimensions du noyau, ${layer} (${share})`,
  },

  projection: {
    title: 'Projection sur le noyau',
    about:
      'R Kᵀ est le changement qui écrirait les nouvelles réponses sans égard au reste. Le projecteur P enlève la part qui suit des directions utilisées. Barres : les normes au carré des deux parts, dont la somme fait le tout. Points : la part le long des clés des faits modifiés avant, sans P (creux) et avec P (plein).',
    removed: 'enlevé par P',
    surviving: 'reste',
    along: '‖R Kᵀ‖ le long des clés antérieures',
    noPast: 'Aucun fait n’a été modifié avant cette étape.',
    finding: (removed, layer) =>
      `Dans la couche ${layer}, le projecteur enlève ${removed} du changement : la part le long des directions qu’utilisent d’autres connaissances.`,
    findingAlong: (language, factor) =>
      ` Ce qui en reste le long des clés en ${language} est ${factor} fois plus petit qu’avant.`,
    findingNone:
      'Cette méthode ne projette pas : tout le changement est appliqué, quelles que soient les clés antérieures.',
    spotPart: (layer, removed, surviving) => `${layer} : P enlève ${removed}, il reste ${surviving}`,
    spotAlong: (language, before, after) => `Le long des clés (${language}) : ${before} sans P, ${after} avec P`,
  },

  disturbance: {
    title: 'Perturbation des faits antérieurs',
    about:
      'Chaque fait modifié avant cette étape. Trait : ‖Σ Δ k‖, prédit d’après ses clés avant d’appliquer le changement. Barre : de combien l’état caché a bougé au token modifié, mesuré ensuite dans le modèle, avec l’effet de l’attention et des couches modifiées précédentes. La matrice d’exactitude montre si les réponses ont changé.',
    norm: 'changement au token modifié',
    predicted: 'prédit',
    measured: 'mesuré',
    own: 'faits propres à cette étape',
    finding: (language, most, own, share) =>
      `Parmi les faits modifiés avant, c’est un fait en ${language} qui bouge le plus : de ${most}, soit ${share} de ce dont l’étape déplace ses propres faits (${own}).`,
    findingMean: (language, mean, share, predicted) =>
      ` En moyenne, ce sont ceux en ${language} qui bougent le plus : de ${mean} (${share}) ; ${predicted} était prédit.`,
    findingLost: (language, before, after) =>
      ` À cette étape, l’efficacité en ${language} est tombée de ${before}\u00a0% à ${after}\u00a0%.`,
    first: 'C’est la première étape : il n’y a pas de faits antérieurs à perturber.',
    spot: (fact, language, predicted, measured) =>
      `Fait ${fact}, ${language} : ${predicted} prédit, ${measured} mesuré`,
    fact: 'Fait',
  },

  foresight: {
    title: 'Effet sur les faits antérieurs',
    about:
      'Chaque fait modifié auparavant. Trait : ‖Σ Δ k‖, prédit d’après sa clé avant toute application. Barre, une fois appliqué : de combien il a bougé dans le modèle.',
    unit: 'part du déplacement du nouveau fait',
    would: {
      some: (count, languages, most) =>
        `Appliquer ceci déplacerait les réponses de ${n(count, { one: '# fait antérieur', other: '# faits antérieurs' })} (${languages}), jusqu’à ${most} du déplacement du nouveau.`,
      none: (least) =>
        `Appliquer ceci ne déplacerait aucun fait antérieur, fût-ce de ${least} du déplacement du nouveau.`,
    },
    did: {
      some: (count, languages, most) =>
        `Cela a déplacé les réponses de ${n(count, { one: '# fait antérieur', other: '# faits antérieurs' })} (${languages}), jusqu’à ${most} du déplacement du nouveau.`,
      none: (least) => `Cela n’a déplacé aucun fait antérieur, fût-ce de ${least} du déplacement du nouveau.`,
    },
    foreseen: (most) => ` Prédiction : jusqu’à ${most}.`,
    spot: (fact, language, predicted) => `Fait ${fact}, ${language} : ${predicted} prédit`,
  },

  overlap: {
    title: 'Recouvrement des langues',
    about:
      'Angles principaux entre les sous-espaces qu’engendrent les clés modifiées des langues : 0° signifie les mêmes directions, 90° aucune en commun. Seules les langues modifiées sont montrées.',
    finding: (near, angle, apart, far) =>
      `Les plus proches, à ${angle} : ${near}. Les plus éloignées, à ${far} : ${apart}.`,
    pair: (a, b) => `${a}–${b}`,
    more: (count) => n(count, { one: '# autre paire', other: '# autres paires' }),
    findingTwo: (a, b, angle) => `L’angle entre les clés en ${a} et en ${b} est de ${angle}.`,
    findingSame: (angle) => `L’angle entre toutes les langues est de ${angle}.`,
    none: 'Modifiez des faits dans deux langues pour voir ce que leurs clés ont en commun.',
    angles: 'angles de chaque paire',
    wide: 'Dans une figure large, l’étendue des angles de chaque paire est à côté : trait du plus petit au plus grand, barre sur la moitié centrale, tiret à la médiane.',
    statistic: 'Angle',
    least: 'plus petit',
    median: 'médian',
    greatest: 'plus grand',
    spot: (a, b, least, median, greatest) => `${a} et ${b} : médiane ${median}, de ${least} à ${greatest}`,
  },

  update: {
    title: 'Le changement',
    about:
      'Norme du changement par couche ; la perte pendant la recherche des valeurs cibles ; le changement lui-même, moyenné par blocs ; et la distance qui séparait encore l’état caché de sa cible à chaque couche.',
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
      `Lignes : tokens de l’amorce, ceux du sujet en gras. Colonnes : couches. Une case montre combien de points de la probabilité de la réponse reviennent quand l’état sans bruit est rétabli là, et nulle part ailleurs. Pour le MLP et l’attention, ce sont les sorties des couches voisines (fenêtre : ${window}). Encadré : là où s’écrit une modification. Moyenne sur ${samples} tirages d’un bruit de trois écarts types (ROME, arXiv 2202.05262).`,
    restored: 'Rétabli',
    components: { state: 'état caché', mlp: 'MLP', attention: 'attention' },
    scale: 'points de probabilité de la réponse qui reviennent',
    scaleLost: ' ; orange : points perdus',
    points: (points) => `${points} points`,
    edited: 'modifiées',
    layers: (first, last) => `couches ${first}–${last}`,
    position: 'Position',
    token: 'Token',
    subject: 'Sujet',
    spot: (token, layers, restored, corrupted) =>
      `Rétabli à « ${token} », ${layers} :\nla réponse a ${restored} au lieu de ${corrupted}`,
    finding: (subject, answer, clean, corrupted) =>
      `Le bruit sur « ${subject} » fait passer la réponse « ${answer} » de ${clean} à ${corrupted}.`,
    findingRobust: (subject, answer, clean, corrupted) =>
      `Le bruit sur « ${subject} » ne touche guère la réponse « ${answer} » : ${clean} sans bruit, ${corrupted} avec. Il n’y a presque rien à ramener, la figure dit donc peu.`,
    findingBack: (what, token, layers, share) =>
      `Rétablir « ${token} » seul (${what}, ${layers}) ramène ${share} de cette perte.`,
    findingMoves: (layer) =>
      `À partir de la ${layer}, les tokens après le sujet en portent plus que le sujet lui-même.`,
  },

  merge: {
    title: 'Modifications fusionnées',
    about:
      'Les faits de chaque langue sont modifiés à part, à partir des poids d’origine ; puis les modifications sont fusionnées et toutes les questions posées. Trait : les mêmes faits l’un après l’autre, avec la méthode choisie plus haut. Moyennes sur toutes les langues, en pour cent.',
    sequential: (method) => `${method}, à la suite`,
    merge: 'Fusion',
    shared: (merge) => `${merge} (partagée)`,
    finding: (merge, efficacy, specificity) =>
      `La meilleure par l’efficacité, puis par la spécificité : ${merge}, avec ${efficacy}\u00a0% et ${specificity}\u00a0%.`,
    findingBeside: (method, efficacy, specificity) => `${method} : ${efficacy}\u00a0% et ${specificity}\u00a0%.`,
    spot: (merge, metric, value) => `${merge}\n${metric} : ${value}\u00a0%`,
  },

  comparison: {
    title: 'Méthodes côte à côte',
    about:
      'Chaque méthode modifie les mêmes faits, avec la même graine, à partir du modèle d’origine. Barres : après la dernière étape. Traits courts : le modèle d’origine. Réponses inchangées : combien de tokens des réponses aux questions sans rapport sont encore ceux du modèle d’origine. Dimensions du noyau : celles de la couche qui en a le moins, pour les méthodes qui projettent. Seules les mesures où les méthodes diffèrent sont dessinées.',
    finding: (best, value, worst, least) =>
      `L’efficacité moyenne est la plus haute avec ${best} (${value}\u00a0%) et la plus basse avec ${worst} (${least}\u00a0%).`,
    findingSame: (value) => `Toutes les méthodes atteignent la même efficacité moyenne : ${value}\u00a0%.`,
    kept: (best, value, worst, least) =>
      `Les autres réponses sont le mieux gardées avec ${best} (${value}) et le moins bien avec ${worst} (${least}).`,
    keptSame: (value) => `Toutes gardent autant d’autres réponses : ${value}.`,
    keptOf: (kept, asked) => `${kept} sur ${asked}`,
    method: 'Méthode',
    notMeasured: 'non mesuré',
    changed: 'Autres réponses changées',
    same: (list) => `Non dessiné, car toutes les méthodes y sont égales : ${list}.`,
    unchanged: 'Réponses inchangées',
    others: (asked) => `Autres réponses comme avant, sur ${asked}`,
    nullLeft: 'Dimensions du noyau',
    seconds: 'Secondes par étape',
    spot: (method, language, metric, value) => `${method}, ${language}, ${metric} : ${value}`,
  },

  formula: {
    title: 'La forme close',
    about: 'Le changement d’une couche en une étape. Choisissez un terme pour voir ses valeurs.',
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
      residuals: 'R : ce qui manque encore aux sorties aux tokens modifiés ; la part de cette couche.',
      keys: 'K : les clés, une colonne par fait : entrées de la matrice modifiée aux tokens modifiés.',
      projector:
        'P : le projecteur sur le noyau des clés de tout ce qui doit rester. Gardé comme base, de sorte que P² = P exactement.',
      inverse: 'L’inverse partage le changement entre les clés qui se ressemblent. λ le garde borné.',
    },
  },

  solver: {
    coming:
      'Le moteur qui calcule le changement se charge encore. En attendant, vous voyez les clés et ce que les antérieures engendrent.',
    busy: 'Le moteur est occupé ; la figure montre sa dernière réponse.',
  },
  geometry: {
    title: 'Le noyau en trois dimensions',
    about:
      'Un modèle à trois entrées. Les clés antérieures sont celles de connaissances qui doivent rester. La droite ou le plan qu’elles engendrent est protégé ; le reste est le noyau. La nouvelle clé est décomposée, et seule sa part dans le noyau porte le changement. Tirez les pointes des flèches ou déplacez-les avec les curseurs ; tirez ailleurs (latéralement sur un écran tactile) pour tourner la vue. Avec un seuil supérieur à 0, les directions peu utilisées comptent aussi comme nulles, et sont perturbées.',
    past: (index) => `clé antérieure ${index}`,
    fresh: 'nouvelle clé',
    projected: 'P k',
    nullspace: 'noyau',
    span: 'espace des clés antérieures',
    pastKeys: 'Clés antérieures',
    finding: (share, disturbed, plain) =>
      `${share} de la nouvelle clé sont dans le noyau. Le changement déplace les réponses aux clés antérieures de ${disturbed} ; sans projecteur, de ${plain}.`,
    stuck: 'Les clés antérieures engendrent tout : le noyau est vide, et tout changement les perturberait.',
    spot: (name, x, y, z) => `${name} : (${x} ; ${y} ; ${z})`,
    turn: 'Tourner la vue',
    move: 'Déplacer',
  },
};
