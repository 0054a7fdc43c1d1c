/** The figures in Spanish. */

import { COUNTED_WORDS } from '../counted';
import { counter } from '../plural';
import type { FigureMessages } from './en';

const n = counter('es');

export const es: FigureMessages = {
  figures: 'Figuras',
  keys: 'Las flechas del teclado recorren los valores uno a uno.',
  table: 'Tabla',
  larger: 'Pantalla completa',
  smaller: 'Salir de pantalla completa',
  empty: 'Edita un hecho y las figuras mostrarán qué le hizo eso al modelo, y por qué.',
  noData: 'No hay datos para esta figura: el método no tiene forma cerrada, o el informe es de una versión anterior.',
  running: 'La edición sigue en marcha: las figuras muestran los pasos hechos hasta ahora.',
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
  seed: 'semilla',
  direction: 'dirección',

  counted: COUNTED_WORDS.es,

  accuracy: {
    title: 'Exactitud antes y después',
    about:
      'Hueco: el modelo sin editar. Lleno: tras el último paso. La eficacia pregunta con el prompt editado, la generalidad con otras formulaciones, la especificidad por cosas ajenas.',
    both: 'antes → después',
    perStep: 'paso a paso',
    finding: (before, after, best, bestAfter, worst, worstAfter) =>
      `La eficacia media pasó del ${before}\u00a0% al ${after}\u00a0%. Es más alta en ${best} (${bestAfter}\u00a0%) y más baja en ${worst} (${worstAfter}\u00a0%).`,
    findingSame: (before, after) =>
      `La eficacia media pasó del ${before}\u00a0% al ${after}\u00a0% y es igual en todos los idiomas.`,
    findingOne: (before, after, language) => `La eficacia en ${language} pasó del ${before}\u00a0% al ${after}\u00a0%.`,
    spot: (language, metric, before, after) =>
      `${language}, ${metric}: ${before}\u00a0% antes, ${after}\u00a0% después`,
    spotStep: (language, metric, step, value) => `${language}, ${metric} tras ${step}: ${value}\u00a0%`,
  },

  matrix: {
    title: 'Matriz de exactitud',
    about:
      'Cada fila es un paso, con el nombre del idioma editado; cada columna es un idioma en el que se pregunta. Enmarcado: el idioma editado en ese paso. Olvido: lo que un idioma ha perdido desde su mejor paso, contando desde su primera edición. Si hay más de 24 pasos, solo se dibuja una selección uniforme; la tabla los contiene todos.',
    edited: 'editado',
    asked: 'preguntado',
    forgetting: 'olvido',
    findingForgets: (language, best, now) =>
      `Donde más se ha olvidado es en ${language}: hasta el ${best}\u00a0% tras la edición, el ${now}\u00a0% ahora.`,
    findingForgetAlike: (languages, points) =>
      `Donde más se ha olvidado es en ${languages}: ${points} puntos en cada caso.`,
    findingKeeps: 'Ningún idioma ha perdido exactitud desde que se editó.',
    findingTransfer: (from, to, points) =>
      ` Editar en ${from} cambió la exactitud en ${to} ${points} puntos, aunque allí no se había editado ningún hecho.`,
    spot: (row, column, value) => `Tras ${row}: ${value}\u00a0% (${column})`,
    spotForgetting: (language, points) => `${language}: ${points} puntos perdidos desde el mejor paso`,
  },

  spectrum: {
    title: 'Espectro de las claves',
    about:
      'Valores propios de la covarianza de las claves, el mayor primero. Las direcciones por debajo del umbral forman el espacio nulo, que las ediciones pueden usar. Curvas de abajo: qué parte de la energía cae en el espacio nulo si se corta ahí, para las claves anteriores y para las de esta edición.',
    eigenvalue: 'valor propio',
    rank: 'direcciones, la más usada primero',
    exposed: 'parte de la energía de las claves en el espacio nulo',
    discarded: (count) => `${count} protegidas`,
    kept: (count) => `${count} nulas`,
    own: 'esta edición',
    threshold: 'Umbral',
    reset: 'Volver al umbral del experimento',
    rerun: 'Volver a ejecutar con este umbral',
    finding: (threshold, kept, all, energy) =>
      `${kept} de ${all} direcciones están por debajo de ${threshold}; juntas contienen el ${energy} de la energía de las claves.`,
    findingLeak: (room, language, leak) =>
      ` Una edición puede usar allí el ${room} de la energía de sus claves; de un idioma anterior queda expuesto como mucho el ${leak} (${language}).`,
    findingRoom: (room) => ` Una edición puede usar allí el ${room} de la energía de sus claves.`,
    removed: (count) => ` ${count} de ellas están ocupadas por ediciones anteriores.`,
    spotValue: (rank, value) => `Dirección ${rank}: valor propio ${value}`,
    spotExposed: (rank, language, share) =>
      `Corte tras ${rank} direcciones: ${share} de la energía expuesta (${language})`,
    none: 'Este método no proyecta sobre un espacio nulo, así que no hay umbral que elegir.',
  },

  budget: {
    title: 'Presupuesto de espacio nulo',
    about:
      'Dimensiones del espacio nulo antes de cada paso, por capa. La previsión continúa el cambio medio por paso. Las ediciones fallan antes de que se acabe la última dimensión: una respuesta nueva solo se escribe en la medida en que su clave está en el espacio nulo.',
    dimensions: 'dimensiones nulas',
    forecast: 'previsión',
    findingFalling: (lost, layer, left, steps) =>
      `Cada paso gasta de media ${lost} dimensiones de la capa ${layer}; le quedan ${left}, suficientes para unos ${steps} pasos más a este ritmo. Eso no dice nada de las respuestas: pueden perderse, y las ediciones fallar, mucho antes.`,
    findingSteady: (layer, left, share) =>
      `El espacio nulo no ha menguado: el menor es el de la capa ${layer}, ${left} dimensiones (${share}).`,
    findingFirst: (layer, left, share) =>
      `La capa ${layer} tiene el menor espacio nulo: ${left} dimensiones (${share}).`,
    spot: (step, layer, count, share) => `Antes de ${step}: ${count} dimensiones nulas, ${layer} (${share})`,
  },

  projection: {
    title: 'Proyección sobre el espacio nulo',
    about:
      'R Kᵀ es el cambio que escribiría las respuestas nuevas sin atender a nada más. El proyector P quita la parte que va por direcciones en uso. Barras: las normas al cuadrado de ambas partes, que suman el total. Puntos: la parte a lo largo de las claves de hechos editados antes, sin P (hueco) y con P (lleno).',
    removed: 'quitado por P',
    surviving: 'queda',
    along: '‖R Kᵀ‖ a lo largo de las claves anteriores',
    noPast: 'Antes de este paso no se editó ningún hecho.',
    finding: (removed, layer) =>
      `En la capa ${layer} el proyector quita el ${removed} del cambio: la parte que va por direcciones que usa otro conocimiento.`,
    findingAlong: (language, factor) =>
      ` Lo que queda a lo largo de las claves en ${language} es ${factor} veces menor que antes.`,
    findingNone: 'Este método no proyecta: se aplica todo el cambio, sean cuales sean las claves anteriores.',
    spotPart: (layer, removed, surviving) => `${layer}: P quita el ${removed}, queda el ${surviving}`,
    spotAlong: (language, before, after) => `A lo largo de las claves (${language}): ${before} sin P, ${after} con P`,
  },

  disturbance: {
    title: 'Perturbación de hechos anteriores',
    about:
      'Cada hecho editado antes de este paso. Raya: ‖Σ Δ k‖, predicho a partir de sus claves antes de aplicar el cambio. Barra: cuánto se movió el estado oculto en su token editado, medido después en el modelo, con el efecto de la atención y de las capas editadas anteriores. La matriz de exactitud muestra si cambiaron las respuestas.',
    norm: 'cambio en el token editado',
    predicted: 'predicho',
    measured: 'medido',
    own: 'hechos propios de este paso',
    finding: (language, most, own, share) =>
      `De los hechos editados antes, el que más se mueve es uno en ${language}: ${most}, el ${share} de lo que el paso mueve sus propios hechos (${own}).`,
    findingMean: (language, mean, share, predicted) =>
      ` De media, los que más se mueven están en ${language}: ${mean} (${share}); se predijo ${predicted}.`,
    findingLost: (language, before, after) =>
      ` En este paso, la eficacia en ${language} bajó del ${before}\u00a0% al ${after}\u00a0%.`,
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
        `Aplicar esto movería las respuestas de ${n(count, { one: '# hecho anterior', other: '# hechos anteriores' })} (${languages}) hasta un ${most} de lo que mueve el nuevo.`,
      none: (least) => `Aplicar esto no movería ningún hecho anterior ni un ${least} de lo que mueve el nuevo.`,
    },
    did: {
      some: (count, languages, most) =>
        `Esto movió las respuestas de ${n(count, { one: '# hecho anterior', other: '# hechos anteriores' })} (${languages}) hasta un ${most} de lo que movió el nuevo.`,
      none: (least) => `Esto no movió ningún hecho anterior ni un ${least} de lo que movió el nuevo.`,
    },
    foreseen: (most) => ` Predicho: hasta un ${most}.`,
    spot: (fact, language, predicted) => `Hecho ${fact}, ${language}: ${predicted} predicho`,
  },

  overlap: {
    title: 'Solapamiento de idiomas',
    about:
      'Ángulos principales entre los subespacios que generan las claves editadas de los idiomas: 0° significa las mismas direcciones, 90° ninguna en común. Solo se muestran los idiomas editados.',
    finding: (near, angle, apart, far) => `Las más cercanas, a ${angle}: ${near}. Las más lejanas, a ${far}: ${apart}.`,
    pair: (a, b) => `${a}–${b}`,
    more: (count) => n(count, { one: '# pareja más', other: '# parejas más' }),
    findingTwo: (a, b, angle) => `El ángulo entre las claves en ${a} y en ${b} es de ${angle}.`,
    findingSame: (angle) => `El ángulo entre todos los idiomas es de ${angle}.`,
    none: 'Edita hechos en dos idiomas para ver qué comparten sus claves.',
    angles: 'ángulos de cada pareja',
    wide: 'En una figura ancha, al lado está el rango de los ángulos de cada pareja: línea del menor al mayor, barra en la mitad central, raya en la mediana.',
    statistic: 'Ángulo',
    least: 'menor',
    median: 'mediana',
    greatest: 'mayor',
    spot: (a, b, least, median, greatest) => `${a} y ${b}: mediana ${median}, de ${least} a ${greatest}`,
  },

  update: {
    title: 'El cambio',
    about:
      'Norma del cambio por capa; la pérdida durante la búsqueda de los valores objetivo; el cambio mismo, promediado por bloques; y a qué distancia de su objetivo estaba aún el estado oculto en cada capa.',
    norms: '‖Δ‖ por capa',
    map: 'Δ (salidas hacia abajo, entradas a lo ancho)',
    losses: 'pérdida de los valores objetivo',
    errors: '‖z − h‖ por capa',
    iteration: 'iteración',
    finding: (layer, norm, from, to) =>
      `La capa ${layer} es la que más cambia (‖Δ‖ = ${norm}); la pérdida de los valores objetivo bajó de ${from} a ${to}.`,
    spotNorm: (layer, norm) => `${layer}: ‖Δ‖ = ${norm}`,
    spotLoss: (fact, iteration, loss) => `Hecho ${fact}, iteración ${iteration}: pérdida ${loss}`,
    spotError: (layer, error) => `${layer}: ‖z − h‖ = ${error}`,
    spotCell: (rows, columns, value) => `Filas ${rows}, columnas ${columns}: ${value} (media cuadrática)`,
    loss: 'pérdida',
  },

  trace: {
    title: 'Traza causal',
    about: (samples, window) =>
      `Filas: tokens del prompt, los del sujeto en negrita. Columnas: capas. Una celda muestra cuántos puntos de la probabilidad de la respuesta vuelven cuando solo allí se restaura el estado sin ruido. En MLP y atención se restauran las salidas de las capas vecinas (ventana: ${window}). Enmarcado: donde se escribe una edición. Media de ${samples} muestras de ruido de tres desviaciones típicas (ROME, arXiv 2202.05262).`,
    restored: 'Restaurado',
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
      `Restaurado en «${token}», ${layers}:\nla respuesta tiene ${restored} en vez de ${corrupted}`,
    finding: (subject, answer, clean, corrupted) =>
      `El ruido en «${subject}» lleva la respuesta «${answer}» de ${clean} a ${corrupted}.`,
    findingRobust: (subject, answer, clean, corrupted) =>
      `El ruido en «${subject}» apenas toca la respuesta «${answer}»: ${clean} sin él, ${corrupted} con él. Casi no hay nada que recuperar, así que la figura dice poco.`,
    findingBack: (what, token, layers, share) =>
      `Restaurar solo «${token}» (${what}, ${layers}) recupera el ${share} de eso.`,
    findingMoves: (layer) => `Desde la ${layer}, los tokens tras el sujeto llevan más de ello que el propio sujeto.`,
  },

  merge: {
    title: 'Ediciones fusionadas',
    about:
      'Los hechos de cada idioma se editan por separado, desde los pesos sin editar; después las ediciones se fusionan y se hacen todas las preguntas. Línea: los mismos hechos en secuencia, con el método elegido arriba. Medias de todos los idiomas, en porcentaje.',
    sequential: (method) => `${method}, en secuencia`,
    merge: 'Fusión',
    shared: (merge) => `${merge} (compartida)`,
    finding: (merge, efficacy, specificity) =>
      `La mejor por eficacia y luego por especificidad: ${merge}, con ${efficacy}\u00a0% y ${specificity}\u00a0%.`,
    findingBeside: (method, efficacy, specificity) => `${method}: ${efficacy}\u00a0% y ${specificity}\u00a0%.`,
    spot: (merge, metric, value) => `${merge}\n${metric}: ${value}\u00a0%`,
  },

  comparison: {
    title: 'Métodos lado a lado',
    about:
      'Cada método edita los mismos hechos, con la misma semilla, desde el modelo sin editar. Barras: tras el último paso. Rayas cortas: el modelo sin editar. Respuestas sin cambios: cuántos tokens de las respuestas a preguntas ajenas siguen siendo los del modelo sin editar. Dimensiones nulas: las de la capa que menos tiene, en métodos que proyectan. Solo se dibujan las medidas en las que difieren los métodos.',
    finding: (best, value, worst, least) =>
      `La eficacia media es más alta con ${best} (${value}\u00a0%) y más baja con ${worst} (${least}\u00a0%).`,
    findingSame: (value) => `Todos los métodos alcanzan la misma eficacia media: ${value}\u00a0%.`,
    kept: (best, value, worst, least) =>
      `Las otras respuestas se conservan mejor con ${best} (${value}) y peor con ${worst} (${least}).`,
    keptSame: (value) => `Todos conservan las mismas otras respuestas: ${value}.`,
    keptOf: (kept, asked) => `${kept} de ${asked}`,
    method: 'Método',
    notMeasured: 'sin medir',
    changed: 'Otras respuestas cambiadas',
    same: (list) => `Sin dibujar, porque todos los métodos coinciden: ${list}.`,
    unchanged: 'Respuestas sin cambios',
    others: (asked) => `Otras respuestas como antes, de ${asked}`,
    nullLeft: 'Dimensiones nulas',
    seconds: 'Segundos por paso',
    spot: (method, language, metric, value) => `${method}, ${language}, ${metric}: ${value}`,
  },

  formula: {
    title: 'La forma cerrada',
    about: 'El cambio de una capa en un paso. Elige un término para ver sus valores.',
    findingOne: (rank, dimension) =>
      `Una clave, proyectada sobre ${rank} de ${dimension} dimensiones, da el cambio en una sola resolución.`,
    finding: (keys, rank, dimension) =>
      `${keys} claves, proyectadas sobre ${rank} de ${dimension} dimensiones, dan el cambio en una sola resolución.`,
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
      residuals: 'R: lo que aún les falta a las salidas en los tokens editados; la parte de esta capa.',
      keys: 'K: las claves, una columna por hecho: entradas de la matriz editada en los tokens editados.',
      projector:
        'P: el proyector sobre el espacio nulo de las claves de todo lo que debe quedar. Se guarda como base, de modo que P² = P exactamente.',
      inverse: 'La inversa reparte el cambio entre claves que se parecen. λ lo mantiene acotado.',
    },
  },

  solver: {
    coming:
      'El motor que calcula el cambio aún se está cargando. Hasta entonces se ven las claves y lo que generan las anteriores.',
    busy: 'El motor está ocupado; la figura muestra su última respuesta.',
  },
  geometry: {
    title: 'El espacio nulo en tres dimensiones',
    about:
      'Un modelo con tres entradas. Las claves anteriores son de conocimiento que debe quedar. La recta o el plano que generan está protegido; el resto es el espacio nulo. La clave nueva se divide en ambas partes, y solo la del espacio nulo lleva el cambio. Arrastra las puntas de las flechas o muévelas con los controles; arrastra en otro lugar (de lado en una pantalla táctil) para girar la vista. Con un umbral mayor que 0, las direcciones poco usadas también cuentan como nulas, y se perturban.',
    past: (index) => `clave anterior ${index}`,
    fresh: 'clave nueva',
    projected: 'P k',
    nullspace: 'espacio nulo',
    span: 'espacio de las claves anteriores',
    pastKeys: 'Claves anteriores',
    finding: (share, disturbed, plain) =>
      `El ${share} de la clave nueva está en el espacio nulo. El cambio mueve las respuestas a las claves anteriores un ${disturbed}; sin proyector, un ${plain}.`,
    stuck: 'Las claves anteriores lo generan todo: el espacio nulo está vacío y cualquier cambio las perturbaría.',
    spot: (name, x, y, z) => `${name}: (${x}; ${y}; ${z})`,
    turn: 'Girar la vista',
    move: 'Mover',
  },
};
