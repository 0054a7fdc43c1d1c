/** Las lecciones en español. */

import type { LessonTexts } from './lesson';

export const es: LessonTexts = {
  symbols: { old: 'ant', new: 'nueva', disturbance: 'perturbación', null: 'núcleo', rank: 'rango' },
  experiment: 'Experimento',
  variants: { contradicting: 'otra respuesta en cada idioma', agreeing: 'la misma respuesta en todos los idiomas' },
  ways: {
    sum: 'Suma',
    mean: 'Media',
    tsvm: 'TSVM',
    shared: 'Suma, covarianza compartida',
    '30%': '30 %',
    '3%': '3 %',
    '0.3%': '0,3 %',
  },
  recorded:
    'Estos resultados se grabaron con el modelo de la propia página. Ejecuta el experimento en el modelo abierto para verlo suceder.',
  own: (model) => `Estos son tus propios resultados, recién calculados con ${model}.`,
  empty: 'Ejecuta el experimento y aquí aparecerá su figura.',
  runAt: (run, index, of) => `${run}, ${index} de ${of}`,
  lessons: [
    {
      title: 'Los hechos como memoria, y por qué las ediciones se estorban',
      parts: [
        {
          heading: 'Una capa es una memoria',
          prose: [
            '¿Dónde guarda un modelo de lenguaje que París es la capital de Francia? En buena parte, en la segunda matriz de sus capas MLP. Una matriz así puede leerse como una *memoria*. Lo que entra, en el último token del sujeto, es una *clave* k: un vector que dice de quién o de qué se habla. Lo que sale es un *valor* v, que empuja las palabras siguientes hacia la respuesta.',
            'Editar un hecho se vuelve así una cuestión de álgebra lineal. Primero se busca un valor que haga al modelo decir la nueva respuesta: de eso se encarga un descenso de gradiente, con el modelo quieto. Después se cambia la matriz lo justo para que la clave del sujeto lleve a ese valor. El experimento traslada la capital de Francia a Tokio y le da la rupia a Brasil.',
          ],
          formula:
            'La matriz W lleva la clave k al valor v. La matriz editada W + Δ lleva la misma clave al nuevo valor v*.',
          look: 'Marcas huecas: antes de la edición. Marcas llenas: después. La eficacia pregunta por la frase editada, la generalidad pregunta lo mismo con otras palabras; ambas deben subir. La especificidad pregunta por otras cosas y no debe moverse. Las respuestas enteras empiezan en cero. Contada token a token, como en las publicaciones, la eficacia empieza más arriba: cada token se juzga tras los correctos que lo preceden, así que el final de un nombre puede acertarse aunque su comienzo esté mal.',
          question: {
            text: 'Solo se editó una frase por hecho. ¿Por qué otras formulaciones de la pregunta reciben también la nueva respuesta?',
            options: [
              {
                text: 'Porque se editaron todas las formulaciones',
                why: 'Las demás quedaron fuera a propósito, para poder comprobarlo.',
              },
              {
                text: 'Porque llevan casi a la misma clave',
                why: 'Eso es. La clave se lee donde acaba el sujeto, y dice sobre todo de quién se trata, apenas qué se pregunta.',
              },
              {
                text: 'Porque el modelo se volvió a entrenar',
                why: 'No se entrenó nada. En unas pocas capas, una matriz recibió un cambio de rango bajo.',
              },
            ],
          },
        },
        {
          heading: 'Por qué las ediciones se estorban',
          prose: [
            'Una sola matriz lleva muchos recuerdos, unos encima de otros. Un cambio Δ hecho para una clave actúa sobre *toda* clave que no le sea perpendicular: la respuesta a una clave antigua se desplaza en Δ por esa clave. Las claves de hechos distintos nunca son del todo perpendiculares. Las peor situadas son las de un mismo sujeto en dos idiomas.',
            'Piensa en Boston. El nombre se escribe igual en inglés, alemán, neerlandés y francés, así que su clave es casi el mismo vector en los cuatro. El experimento pone cuatro ciudades en otro país, y en uno distinto en cada idioma. El método que se usa aquí, MEMIT, tiene en cuenta las claves del texto corriente, pero nada sabe de las ediciones hechas hace un momento.',
          ],
          formula:
            'Tras el cambio, la clave antigua ya no da solo su valor de antes: se le suma Δ por la clave antigua. Esa es la perturbación.',
          look: 'Cada fila es un paso, cada columna el idioma en que se pregunta; un marco señala el idioma recién editado. Lee la primera columna hacia abajo desde su marco. ¿Qué queda de las respuestas en inglés una vez editado el alemán?',
          question: {
            text: 'Sea un cambio de rango uno, Δ = r kᵀ, hecho para una clave k de longitud 1. ¿Cuánto desplaza la respuesta a una clave antigua perpendicular a k?',
            options: [
              {
                text: 'Tanto como la nueva',
                why: 'Δ por la clave antigua es r por kᵀk_ant, y en ángulo recto ese producto es cero.',
              },
              {
                text: 'Nada',
                why: 'Eso es: Δ k_ant = r (kᵀ k_ant) = 0. La interferencia es solapamiento de claves, y nada más.',
              },
              {
                text: 'Depende del tamaño del modelo',
                why: 'En los modelos grandes hay más sitio y las claves se solapan menos. Pero lo que decide es el ángulo.',
              },
            ],
          },
        },
      ],
    },
    {
      title: 'Qué es un espacio nulo',
      parts: [
        {
          heading: 'En el plano, con la mano',
          prose: [
            'Imagina una memoria con dos entradas: las claves son entonces flechas en un plano. Un hecho ya está dentro: la clave antigua. Otro se va a escribir: la clave nueva. El sombreado muestra lo que el cambio haría con cualquier clave del plano: cuanto más intenso, más se mueve su respuesta.',
            'Sin proyector, el cambio lee a lo largo de la clave nueva, y la antigua acaba en algún punto del sombreado. Activa ahora el proyector. De la clave nueva conserva solo la parte perpendicular a la antigua; esa dirección es el *espacio nulo* (o núcleo) de la clave antigua. El sombreado gira hasta que la clave antigua descansa justo sobre la línea sin sombra. Ahí se queda, lleves las flechas adonde las lleves.',
            'La seguridad tiene su precio. Cuanto más se parecen las dos claves, como las de un mismo nombre en dos idiomas, menos queda con qué escribir.',
          ],
          formula:
            'r es lo que le falta a la nueva respuesta. El cambio lee las claves a través de P. P anula la clave antigua, y por tanto el cambio también.',
          look: 'Arrastra las puntas de las flechas y el anillo, o muévelos con las teclas de flecha. Luego, con el proyector activo, pon las claves paralelas: la respuesta antigua está del todo a salvo, porque no se puede escribir nada en absoluto.',
          question: {
            text: 'La clave nueva está exactamente sobre la recta de la antigua. ¿Qué puede hacer por ella un cambio proyectado?',
            options: [
              { text: 'Nada, porque P k es cero', why: 'Eso es. Para escribir ese hecho, el antiguo tiene que ceder.' },
              { text: 'La mitad de la edición', why: 'P k es entonces cero, y la mitad de cero es cero.' },
              {
                text: 'Todo, porque la clave antigua está a salvo',
                why: 'Lo está precisamente porque en su recta no pasa nada. Y ahí está la nueva.',
              },
            ],
          },
        },
        {
          heading: 'Más claves, más dimensiones',
          prose: [
            'Dos claves antiguas generan un plano, y solo queda libre la recta perpendicular. En un modelo con 768 entradas, las claves del texto corriente generan casi todo. Por eso se traza un límite, el *umbral*: las direcciones en las que las claves antiguas tienen poca energía cuentan como nulas, aunque no estén vacías del todo. Eso da sitio, y deja pasar una pequeña fuga.',
          ],
          formula:
            'Las columnas de U son una base ortonormal de lo que generan las claves antiguas. Proyectar dos veces ya no cambia nada, y P es simétrica: así se reconoce una proyección ortogonal.',
          look: 'Gira la vista y arrastra las claves. Con tres claves antiguas no queda nada libre. Sube después el umbral y fíjate en los dos números: la parte aprovechable de la clave nueva y cuánto se mueven las respuestas a las antiguas.',
          question: {
            text: '¿Qué hace un umbral más alto?',
            options: [
              {
                text: 'Protege más direcciones',
                why: 'Al revés: más direcciones pasan por no usadas y quedan abiertas a las ediciones.',
              },
              {
                text: 'Hace exacta la proyección',
                why: 'La proyección es exacta con cualquier umbral. Lo que cambia es el espacio sobre el que se proyecta.',
              },
              {
                text: 'Da más sitio a las ediciones y deja pasar más fugas',
                why: 'Eso es. Direcciones que las claves antiguas usan un poco se ceden a la edición.',
              },
            ],
          },
        },
      ],
    },
    {
      title: 'Una corriente de idiomas',
      parts: [
        {
          prose: [
            'En el artículo del que parte esta página, los hechos llegan idioma por idioma: hoy inglés, mañana alemán. *AlphaEdit* calcula su espacio nulo una sola vez, con las claves del texto corriente. Lo que el modelo sabía queda protegido; lo que se editó ayer solo cuenta como un término de los mínimos cuadrados. *LangEdit* incorpora a la covarianza las claves de cada idioma editado y vuelve a calcular el espacio nulo antes del paso siguiente. El alemán se escribe entonces solo en direcciones que el texto corriente y las ediciones en inglés, juntos, apenas usan.',
            'Entre unos 300 000 tokens de texto corriente, una sola clave editada se perdería. Cuánto cuenta es, por tanto, un ajuste, tanto en el código público como en esta página. La protección es tan fuerte como la hagan ese peso y el umbral. Y cuánto se puede ganar depende de lo lejos que estén las claves de los idiomas. El primer experimento lo pone lo más difícil posible: las mismas cuatro ciudades en todos los idiomas, cada vez en otro país. El segundo es el caso amable: la misma respuesta nueva en todas partes.',
          ],
          formula:
            'La covarianza C es la media acumulada de todo lo visto hasta ahora. El cambio es la solución de mínimos cuadrados dentro del espacio nulo que deja libre la covarianza anterior al paso.',
          look: 'Dos métodos, los mismos hechos. En el experimento grabado con respuestas contradictorias, fíjate en el alemán: AlphaEdit pierde más de un tercio de él mientras se escriben los idiomas siguientes; LangEdit conserva la mayor parte. Ninguno sale gratis. Con LangEdit, el inglés cae un tercio en cuanto se escribe el alemán, y luego se mantiene; con AlphaEdit cae más tarde y algo más. Y el francés, que llega el último, apenas se escribe con LangEdit: sus claves apuntan a donde ya poco puede cambiar. Con respuestas concordantes, tan pocos hechos no dan motivo de disputa: ambos acaban igual.',
          question: {
            text: '¿En qué se diferencian los espacios nulos de los dos métodos en el primer paso?',
            options: [
              {
                text: 'El de LangEdit es mayor',
                why: 'Aún no se ha editado nada: ambos ven las mismas claves del texto corriente.',
              },
              { text: 'En nada', why: 'Eso es. Se separan desde el segundo paso, cuando LangEdit conoce el primero.' },
              {
                text: 'AlphaEdit no tiene ninguno',
                why: 'Sí lo tiene: el de las claves del texto corriente. Solo que nunca cambia.',
              },
            ],
          },
        },
      ],
    },
    {
      title: 'Cuando el espacio nulo se agota',
      parts: [
        {
          prose: [
            'El sitio es finito. Cada clave que se quiere conservar quita una dirección a todas las ediciones posteriores: una dimensión por hecho y capa, salvo que ya esté en lo protegido. Las matrices editadas del modelo de la página tienen 768 entradas; las de un modelo de ocho mil millones de parámetros, 14 336. Esperar a que desaparezca la última dimensión llevaría aquí cientos de hechos, así que el experimento empieza con menos: el umbral deja a las ediciones el 30 %, el 3 % o el 0,3 % de la energía de las claves corrientes.',
            'Cuando falta sitio, nada se rompe. P k, la parte de una clave nueva que está en el espacio nulo, se acorta. El regularizador pesa más que ella, y la nueva respuesta se escribe a medias o no se escribe. Todo lo antiguo sigue tan a salvo como antes. ¿Qué ayuda? Un umbral más alto, que tiene fugas; capas más anchas o más numerosas; dejar de proteger lo que ya no importa. O un plan distinto: la lección siguiente.',
          ],
          formula:
            'El espacio nulo tiene las dimensiones que deja el rango de C. Qué parte de lo que falta, r, llega a escribirse depende de cuánto de la clave está en el espacio nulo.',
          look: 'Arriba: las dimensiones nulas que cada paso encuentra en su capa más estrecha. Abajo: la parte de sus propias respuestas nuevas que el modelo da justo después. La raya es el modelo sin editar. La edición fracasa mucho antes de que se acabe la última dimensión.',
          question: {
            text: 'La parte de una clave que está en el espacio nulo tiene por cuadrado de su longitud kᵀPk = 0,25. ¿Cuánto de la nueva respuesta se escribe?',
            options: [
              {
                text: 'Todo, a costa de un cambio grande',
                why: 'Así sería sin regularizador. Con él, los cambios grandes salen demasiado caros.',
              },
              { text: 'Una quinta parte: 0,25 / 1,25', why: 'Eso es. Cuanto más corta P k, más queda sin escribir.' },
              { text: 'Nada', why: 'Solo si P k = 0, cuando la clave está entera en lo protegido.' },
            ],
          },
        },
      ],
    },
    {
      title: 'Fusionar ediciones de muchos idiomas',
      parts: [
        {
          prose: [
            'Una corriente tiene un orden, y quien llega tarde encuentra poco sitio. La *fusión* prescinde de él: cada idioma se edita por su cuenta, a partir del modelo sin editar, quizá por personas que nunca se conocerán. Después, con todos los cambios se hace uno solo. Nadie espera, pero tampoco nadie sabía de los demás.',
            'La simple *suma* va demasiado lejos: si seis idiomas comparten una clave, cada cambio por sí solo desplaza su respuesta todo el camino, y la suma hasta seis veces más. La *media* se queda corta: lo que solo necesita el chino se divide entre seis. *TSVM* gira los vectores singulares de los cambios hasta que no haya dos idiomas que compartan dirección, y solo entonces suma. Con *covarianza compartida*, la inversa de cada idioma contiene las claves de todos, y cada uno deja a los demás su parte. Dentro de una capa, la suma es entonces exactamente la edición de todos los hechos a la vez.',
          ],
          formula:
            'La fusión suma a los pesos sin editar los cambios de todos los idiomas ℓ. Con covarianza compartida, las claves de cada idioma j están en todas las inversas; sin ella, solo las propias.',
          look: 'Hueco: lo que logra por sí sola la edición de un idioma. Lleno: lo que queda de ello en el modelo fusionado. Con covarianza compartida, una edición sola queda incompleta a propósito: cuenta con las demás. Elige después la especificidad: ahí es donde paga la simple suma, con hechos que no venían al caso.',
          question: {
            text: 'Tres idiomas comparten una clave k, y el cambio de cada uno desplaza su respuesta en r. ¿Qué hace la suma de los tres?',
            options: [
              { text: 'La desplaza en r', why: 'Eso hace la media. En la suma, cada cambio aporta su propio r.' },
              { text: 'No la desplaza', why: 'Los cambios solo se anulan si son opuestos. Estos están de acuerdo.' },
              {
                text: 'La desplaza en 3 r',
                why: 'Eso es: se pasa. La covarianza compartida lo evita, pues cada solución cuenta entonces con las otras dos.',
              },
            ],
          },
        },
      ],
    },
  ],
  plane: {
    title: 'El espacio nulo en dos dimensiones',
    about:
      'Un modelo con dos entradas y dos salidas, y la forma cerrada del artículo con su regularizador de 1. Claves: de una línea a otra, el desplazamiento crece 0,75 unidades. Respuestas: lo que la matriz hace con las claves, antes de la edición (trazos) y después (línea continua); el anillo es la respuesta deseada. Arrastra lo que tiene un cuadrado o un anillo, o muévelo con las teclas de flecha, con Mayús a pasos más largos.',
    projector: 'Proyector P',
    off: 'inactivo',
    on: 'activo',
    angles: 'Girar la clave nueva',
    right: 'en ángulo recto',
    near: 'a 20°',
    parallel: 'paralela',
    keys: 'Lo que entra: claves',
    values: 'Lo que sale: respuestas',
    old: 'clave antigua',
    fresh: 'clave nueva',
    part: 'P k',
    span: 'recta de la clave antigua',
    nullspace: 'espacio nulo',
    oldAnswer: 'respuesta antigua',
    newAnswer: 'respuesta nueva',
    target: 'deseada',
    nothing: 'P k = 0: no queda con qué editar',
    place: (name, x, y) => `${name}: ${x}; ${y}`,
    quantity: 'Magnitud',
    without: 'sin P',
    with: 'con P',
    moves: 'La respuesta antigua se mueve ‖Δ k_ant‖',
    lacks: 'A la respuesta nueva le falta ‖Δ k_nueva − r‖',
    room: 'Longitud aprovechada de la clave nueva, ‖P k‖ / ‖k‖',
    freely: (moved, written) => `La respuesta antigua se mueve ${moved}, y queda escrito el ${written} de la nueva.`,
    harmless: (written) =>
      `La respuesta antigua no se mueve, por suerte: las claves están en ángulo recto. Queda escrito el ${written} de la nueva.`,
    safely: (room, written) =>
      `La respuesta antigua se queda exactamente donde está. Queda el ${room} de la longitud de la clave nueva para escribir, y se escribe el ${written} de la respuesta nueva.`,
    stuck:
      'La clave nueva está sobre la recta de la antigua. La respuesta antigua se queda exactamente donde está, y no se escribe nada: no queda con qué editar.',
  },
  merging: {
    title: 'Por separado y fusionados',
    about:
      'Cada idioma se editó por separado a partir del modelo sin editar; después las ediciones se fusionaron de cuatro maneras. Raya: el modelo sin editar. Hueco: la edición del idioma por sí sola. Lleno: el modelo fusionado.',
    before: 'sin editar',
    alone: 'su edición sola',
    merged: 'fusionado',
    way: 'Forma de fusionar',
    spot: (way, language, alone, merged) =>
      `${way}, ${language}: ${alone}\u00a0% por separado, ${merged}\u00a0% fusionado`,
    finding: (best, bestAfter, bestAlone, worst, worstAfter, worstAlone, language, languageAfter) =>
      `Lo que más conserva es «${best}»: un ${bestAfter}\u00a0% de media, cuando las ediciones solas alcanzan un ${bestAlone}\u00a0%. Lo que menos, «${worst}»: un ${worstAfter}\u00a0%, cuando solas alcanzan un ${worstAlone}\u00a0%; el idioma peor parado (${language}) se queda en un ${languageAfter}\u00a0%.`,
    findingOne: (alone, way, after, language, languageAfter) =>
      `Las ediciones solas alcanzan un ${alone}\u00a0% de media; con «${way}» queda un ${after}\u00a0%, y un ${languageAfter}\u00a0% en el idioma peor parado (${language}).`,
  },
  room: {
    title: 'El sitio, y lo que se escribe en él',
    about:
      'LangEdit sin las direcciones editadas en el espacio nulo («tracked»), seis hechos en cada uno de cuatro idiomas, con tres umbrales. Arriba: dimensiones nulas antes de cada paso, en la capa que menos tiene. Abajo: eficacia de los hechos del paso justo después. La raya es el modelo sin editar, que ya acierta algunos tokens.',
    dimensions: 'dimensiones nulas',
    written: 'respuestas nuevas propias',
    before: 'sin editar',
    threshold: 'Umbral',
    spot: (threshold, step, dimensions, written) =>
      `${threshold}, ${step}: ${dimensions} dimensiones nulas, ${written}\u00a0% de sus respuestas nuevas`,
    finding: (most, wide, wideWritten, narrow, narrowDimensions, narrowWritten, before) =>
      `Con ${most} dimensiones nulas (umbral ${wide}), un paso acierta el ${wideWritten}\u00a0% de sus respuestas nuevas; con ${narrowDimensions} (umbral ${narrow}), el ${narrowWritten}\u00a0%. El modelo sin editar tiene el ${before}\u00a0%.`,
    left: (threshold, taken, steps) =>
      `Con ${threshold}, cada paso se lleva ${taken} dimensiones; tras unos ${steps} pasos más no quedaría ninguna.`,
  },
};
