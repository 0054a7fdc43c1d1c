/** The figures in Spanish. */

import type { FigureMessages } from './en';

export const es: FigureMessages = {
  figures: 'Figuras',
  keys: 'Las flechas del teclado leen los valores uno a uno.',
  table: 'Tabla',
  larger: 'Pantalla completa',
  smaller: 'Salir de pantalla completa',
  empty: 'Edita un hecho y las figuras mostrarán qué le hizo la edición al modelo, y por qué.',
  noData:
    'No hay datos para esta figura: el método no resuelve nada en forma cerrada, o el informe es de una versión anterior.',
  running: 'La edición está en marcha: las figuras muestran los pasos hechos hasta ahora.',
  step: 'Paso',
  layer: 'Capa',
  layerName: (layer) => `capa ${layer}`,
  stepName: (step, language) => `paso ${step}, ${language}`,
  language: 'Idioma',
  metric: 'Medida',
  efficacy: 'Eficacia',
  generality: 'Generalidad',
  specificity: 'Especificidad',
  before: 'antes',
  after: 'después',
  view: 'Vista',
  direction: 'direcciones',

  accuracy: {
    title: 'Exactitud antes y después',
    about:
      'Hueco: el modelo sin editar. Lleno: tras el último paso. La eficacia pregunta el comienzo editado, la generalidad otras formulaciones, la especificidad preguntas ajenas.',
    both: 'antes → después',
    perStep: 'paso a paso',
    finding: (before, after, best, bestAfter, worst, worstAfter) =>
      `La eficacia subió de media del ${before}\u00a0% al ${after}\u00a0%; es más alta en ${best} (${bestAfter}\u00a0%) y más baja en ${worst} (${worstAfter}\u00a0%).`,
    findingSame: (before, after) =>
      `La eficacia pasó de media del ${before}\u00a0% al ${after}\u00a0% y es igual en todas las lenguas.`,
    findingOne: (before, after, language) => `La eficacia en ${language} pasó del ${before}\u00a0% al ${after}\u00a0%.`,
    spot: (language, metric, before, after) =>
      `${language}, ${metric}: ${before}\u00a0% antes, ${after}\u00a0% después`,
    spotStep: (language, metric, step, value) => `${language}, ${metric} tras ${step}: ${value}\u00a0%`,
  },

  matrix: {
    title: 'Matriz de exactitud',
    about:
      'Una fila es un paso, con el nombre del idioma que editó; una columna es el idioma al que se pregunta. Enmarcado: el idioma editado en ese paso. Olvido: lo que un idioma ha perdido desde su mejor paso a partir de su primera edición.',
    edited: 'editado',
    asked: 'preguntado',
    forgetting: 'olvido',
    findingForgets: (language, best, now) =>
      `Donde más se ha olvidado es en ${language}: hasta el ${best}\u00a0% tras la edición, el ${now}\u00a0% ahora.`,
    findingKeeps: 'Ningún idioma ha perdido exactitud desde que se editó.',
    findingTransfer: (from, to, points) =>
      ` Editar en ${from} movió la exactitud en ${to} ${points} puntos sin que allí se hubiera editado nada.`,
    spot: (row, column, value) => `Tras ${row}: ${value}\u00a0% (${column})`,
    spotForgetting: (language, points) => `${language}: ${points} puntos perdidos desde el mejor paso`,
  },

  spectrum: {
    title: 'Espectro de las claves',
    about:
      'Valores propios de la covarianza de las claves, el mayor primero. Las direcciones por debajo del umbral son el espacio nulo, que las ediciones pueden usar. Debajo: qué parte de la energía de las claves anteriores y de las propias de esta edición cae en el espacio nulo si se corta ahí.',
    eigenvalue: 'valor propio',
    rank: 'direcciones, de la más usada en adelante',
    exposed: 'parte de la energía de las claves en el espacio nulo',
    discarded: (count) => `${count} protegidas`,
    kept: (count) => `${count} nulas`,
    own: 'esta edición',
    threshold: 'Umbral',
    reset: 'Volver al umbral del cálculo',
    rerun: 'Repetir con él',
    finding: (threshold, kept, all, energy) =>
      `Por debajo de ${threshold} hay ${kept} de ${all} direcciones; contienen el ${energy} de la energía de las claves.`,
    findingLeak: (room, language, leak) =>
      ` Una edición puede usar allí el ${room} de la energía de sus claves y tocaría como mucho el ${leak} de la de un idioma anterior (${language}).`,
    findingRoom: (room) => ` Una edición puede usar allí el ${room} de la energía de sus claves.`,
    removed: (count) => ` ${count} de ellas se dieron a ediciones anteriores.`,
    spotValue: (rank, value) => `Dirección ${rank}: valor propio ${value}`,
    spotExposed: (rank, language, share) =>
      `Corte tras ${rank} direcciones: ${share} de la energía expuesta (${language})`,
    none: 'Este método no proyecta sobre un espacio nulo, así que no hay espectro que cortar.',
  },

  budget: {
    title: 'Reserva de espacio nulo',
    about:
      'Dimensiones del espacio nulo antes de cada paso, por capa. La previsión continúa con el cambio medio de un paso.',
    dimensions: 'dimensiones nulas',
    forecast: 'previsión',
    findingFalling: (lost, layer, left, steps) =>
      `Cada paso gasta de media ${lost} dimensiones; a la capa ${layer} le quedan ${left}, para unos ${steps} pasos más como estos.`,
    findingSteady: (layer, left, share) =>
      `El espacio nulo no ha menguado: el menor es el de la capa ${layer}, ${left} dimensiones (${share}).`,
    findingFirst: (layer, left, share) =>
      `La capa ${layer} tiene el menor espacio nulo: ${left} dimensiones (${share}).`,
    spot: (step, layer, count, share) => `Antes de ${step}: ${count} dimensiones nulas, ${layer} (${share})`,
  },

  projection: {
    title: 'Proyección sobre el espacio nulo',
    about:
      'R Kᵀ es el cambio que escribiría las nuevas respuestas sin atender a nada más. El proyector P quita lo que va por direcciones en uso. Barras: las normas al cuadrado de ambas partes, que suman el total. Puntos: la parte a lo largo de las claves de hechos editados antes, sin P (hueco) y con P (lleno).',
    removed: 'quitado por P',
    surviving: 'queda',
    along: '‖R Kᵀ‖ por las claves anteriores',
    noPast: 'Antes de este paso no se editó nada.',
    finding: (removed, layer) =>
      `En la capa ${layer} el proyector quita el ${removed} del cambio: la parte por direcciones que usa otro conocimiento.`,
    findingAlong: (language, factor) =>
      ` Lo que queda de él por las claves en ${language} es ${factor} veces menor que antes.`,
    findingNone: 'Este método no proyecta: se aplica todo el cambio, haya o no claves anteriores.',
    spotPart: (layer, removed, surviving) => `${layer}: P quita el ${removed}, queda el ${surviving}`,
    spotAlong: (language, before, after) => `Por las claves (${language}): ${before} sin P, ${after} con P`,
  },

  disturbance: {
    title: 'Perturbación de hechos anteriores',
    about:
      'Cada hecho editado antes de este paso. Raya: ‖Σ Δ k‖, predicho a partir de sus claves antes de aplicar el cambio. Barra: cuánto se movió el estado oculto en su token editado, medido después en el modelo, con lo que la atención y las capas editadas anteriores hacen de ello.',
    norm: 'cambio en el token editado',
    predicted: 'predicho',
    measured: 'medido',
    own: 'hechos propios de este paso',
    finding: (language, measured, own, share) =>
      `El paso mueve sus propios hechos ${own}; de los anteriores, los que más se mueven son los de ${language}, ${measured} de media, el ${share} de eso.`,
    findingPredicted: (predicted) => ` La predicción era ${predicted}.`,
    first: 'Este es el primer paso: no hay hechos anteriores que perturbar.',
    spot: (fact, language, predicted, measured) =>
      `Hecho ${fact}, ${language}: ${predicted} predicho, ${measured} medido`,
    fact: 'Hecho',
  },

  foresight: {
    title: 'Efecto en los hechos anteriores',
    about:
      'Cada hecho editado antes. Raya: ‖Σ Δ k‖, predicho a partir de su clave antes de aplicar nada. Barra, una vez aplicado: cuánto se movió en el modelo.',
    unit: 'parte de lo que se mueve el hecho nuevo',
    would: {
      some: (count, languages, most) =>
        `Aplicar esto movería las respuestas de ${count} ${count === 1 ? 'hecho anterior' : 'hechos anteriores'} (${languages}) hasta un ${most} de lo que mueve el nuevo.`,
      none: (least) => `Aplicar esto no movería ningún hecho anterior ni un ${least} de lo que mueve el nuevo.`,
    },
    did: {
      some: (count, languages, most) =>
        `Esto movió las respuestas de ${count} ${count === 1 ? 'hecho anterior' : 'hechos anteriores'} (${languages}) hasta un ${most} de lo que movió el nuevo.`,
      none: (least) => `Esto no movió ningún hecho anterior ni un ${least} de lo que movió el nuevo.`,
    },
    foreseen: (most) => ` Predicho: hasta un ${most}.`,
    spot: (fact, language, predicted) => `Hecho ${fact}, ${language}: ${predicted} predicho`,
  },

  overlap: {
    title: 'Solapamiento de idiomas',
    about:
      'Ángulos principales entre los subespacios que generan las claves editadas de los idiomas: 0° significa las mismas direcciones, 90° ninguna en común. Solo se muestran los idiomas editados.',
    finding: (a, b, angle, c, d, far) =>
      `El ángulo menor es el de ${a} y ${b}, ${angle}; el mayor, el de ${c} y ${d}, ${far}.`,
    findingTwo: (a, b, angle) => `El ángulo entre las claves en ${a} y en ${b} es de ${angle}.`,
    none: 'Edita hechos en dos idiomas para ver qué comparten sus claves.',
    statistic: 'Ángulo',
    least: 'menor',
    median: 'mediano',
    greatest: 'mayor',
    spot: (a, b, least, median, greatest) => `${a} y ${b}: ${median} en el medio, de ${least} a ${greatest}`,
  },

  update: {
    title: 'El cambio',
    about:
      'Norma del cambio por capa; la pérdida de los valores objetivo mientras se buscaban; el cambio mismo, reducido a bloques; y a qué distancia estaba el estado oculto de su objetivo al llegar el turno de cada capa.',
    norms: '‖Δ‖ por capa',
    map: 'Δ (salidas hacia abajo, entradas a lo ancho)',
    losses: 'pérdida de los valores objetivo',
    errors: '‖z − h‖ por capa',
    iteration: 'iteración',
    finding: (layer, norm, from, to) =>
      `La capa ${layer} es la que más cambia (‖Δ‖ = ${norm}); la pérdida de los objetivos bajó de ${from} a ${to}.`,
    spotNorm: (layer, norm) => `${layer}: ‖Δ‖ = ${norm}`,
    spotLoss: (fact, iteration, loss) => `Hecho ${fact}, iteración ${iteration}: pérdida ${loss}`,
    spotError: (layer, error) => `${layer}: ‖z − h‖ = ${error}`,
    spotCell: (rows, columns, value) => `Filas ${rows}, columnas ${columns}: ${value} (media cuadrática)`,
    loss: 'pérdida',
  },

  trace: {
    title: 'Traza causal',
    about: (samples, window) =>
      `Filas: tokens de la entrada, los del sujeto en negrita. Columnas: capas. Una celda dice cuántos puntos de la probabilidad de la respuesta vuelven cuando se repone allí, y en ningún otro lugar, el estado de la pasada sin ruido; en MLP y atención, las salidas de las capas de alrededor (ventana: ${window}). Enmarcado: donde escribe una edición. Media sobre ${samples} extracciones de ruido de tres desviaciones típicas (ROME, arXiv 2202.05262).`,
    restored: 'Repuesto',
    components: { state: 'estado oculto', mlp: 'MLP', attention: 'atención' },
    scale: 'puntos de probabilidad de la respuesta que vuelven',
    scaleLost: '; naranja: puntos perdidos',
    points: (points) => `${points} puntos`,
    edited: 'editadas',
    layers: (first, last) => `capas ${first}–${last}`,
    position: 'Posición',
    token: 'Token',
    subject: 'Sujeto',
    spot: (token, layers, restored, corrupted) =>
      `Repuesto en «${token}», ${layers}:\nla respuesta tiene ${restored} en vez de ${corrupted}`,
    finding: (subject, answer, clean, corrupted) =>
      `El ruido sobre «${subject}» lleva la respuesta «${answer}» de ${clean} a ${corrupted}.`,
    findingRobust: (subject, answer, clean, corrupted) =>
      `El ruido sobre «${subject}» apenas toca la respuesta «${answer}»: ${clean} sin él, ${corrupted} con él. Casi no hay nada que recuperar, así que la imagen dice poco.`,
    findingBack: (what, token, layers, share) =>
      `Repuesto solo en «${token}» (${what}, ${layers}), vuelve ${share} de eso.`,
    findingMoves: (layer) => `Desde la ${layer}, los tokens tras el sujeto llevan más de ello que el sujeto.`,
  },

  merge: {
    title: 'Ediciones fusionadas',
    about:
      'Los hechos de cada idioma se editan solos, desde los pesos sin editar; las ediciones se fusionan y se hacen todas las preguntas. Línea: los mismos hechos en secuencia, con el método elegido. Medias sobre los idiomas, en porcentaje.',
    sequential: (method) => `${method}, en secuencia`,
    merge: 'Fusión',
    shared: (merge) => `${merge}, compartida`,
    finding: (merge, efficacy, specificity) =>
      `La fusión con mayor eficacia es ${merge}: ${efficacy}\u00a0%, con ${specificity}\u00a0% de especificidad.`,
    findingBeside: (method, efficacy, specificity) => `${method}: ${efficacy}\u00a0% y ${specificity}\u00a0%.`,
    spot: (merge, metric, value) => `${merge}\n${metric}: ${value}\u00a0%`,
  },

  formula: {
    title: 'La forma cerrada',
    about: 'El cambio de una capa en un paso. Elige un término para ver qué era.',
    findingOne: (rank, dimension) =>
      `Una clave, proyectada sobre ${rank} de ${dimension} dimensiones, da el cambio de una sola vez.`,
    finding: (keys, rank, dimension) =>
      `${keys} claves, proyectadas sobre ${rank} de ${dimension} dimensiones, dan el cambio de una sola vez.`,
    findingPlainOne: 'Una clave da el cambio en forma cerrada.',
    findingPlain: (keys) => `${keys} claves dan el cambio en forma cerrada.`,
    choose: 'Términos de la fórmula',
    shape: 'Tamaño',
    norm: 'Norma',
    condition: 'Número de condición',
    rank: 'Rango',
    corner: 'Primeros valores',
    terms: {
      update: 'Δ: lo que se suma a los pesos de esta capa.',
      residuals: 'R: lo que les falta a las salidas en los tokens editados, la parte de esta capa.',
      keys: 'K: las claves, una columna por hecho: entradas de la matriz editada en los tokens editados.',
      projector:
        'P: el proyector sobre el espacio nulo de las claves de todo lo que debe quedar. Se guarda como base, de modo que P² = P exactamente.',
      inverse: 'La inversa reparte el cambio entre claves que se parecen. λ lo mantiene acotado.',
    },
  },

  solver: {
    coming:
      'El motor que calcula el cambio está en camino. Hasta entonces se ven las claves y lo que generan las anteriores.',
    busy: 'El motor está ocupado; el dibujo muestra su última respuesta.',
  },
  geometry: {
    title: 'El espacio nulo en tres dimensiones',
    about:
      'Un modelo con tres entradas. Naranja: claves de conocimiento que debe quedar. El plano o la recta que generan está protegido; el resto es el espacio nulo. La clave nueva se divide en ambas partes, y solo la del espacio nulo lleva el cambio. Arrastra las puntas de las flechas o muévelas con los controles; arrastra en otro lugar para girar la vista. Por encima de un umbral de 0, las direcciones poco usadas también cuentan como nulas, y se perturban.',
    past: (index) => `clave anterior ${index}`,
    fresh: 'clave nueva',
    projected: 'P k',
    nullspace: 'espacio nulo',
    span: 'espacio de las claves anteriores',
    pastKeys: 'Claves anteriores',
    finding: (share, disturbed, plain) =>
      `El ${share} de la clave nueva está en el espacio nulo. El cambio mueve las claves anteriores un ${disturbed}; sin el proyector sería un ${plain}.`,
    stuck:
      'Las claves anteriores lo generan todo: el espacio nulo está vacío y ningún cambio es posible sin perturbarlas.',
    spot: (name, x, y, z) => `${name}: (${x}; ${y}; ${z})`,
    turn: 'Girar la vista',
    move: 'Mover',
  },
};
