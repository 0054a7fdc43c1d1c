/** The panel of models in Spanish. */

import { bytes } from '../../format';
import type { ModelMessages } from './en';

const size = (count: number): string => bytes(count, 'es');

export const es: ModelMessages = {
  gallery: 'Modelos para abrir',
  galleryWhat:
    'Vienen del Hugging Face Hub y se quedan en este navegador. Nada de lo que hagas con ellos se envía a ninguna parte.',
  galleryMissing: 'No se pudo cargar la lista de modelos.',
  size: (size) => `descarga de ${size}`,
  memory: (size) => `ocupa unos ${size} de memoria al abrirse, más al editar`,
  resume: 'Continuar',
  languagesOf: (names, of) => `${names} y más: más de ${of} idiomas`,
  open: (name) => `Abrir ${name}`,
  continue: (name, share) => `Continuar ${name} (ya está el ${share})`,
  here: 'abierto ahora',
  stored: 'guardado en este navegador',
  wanted: 'El enlace se creó con este modelo.',
  noRoom: (name, free) =>
    `Este navegador solo tiene sitio para ${free}: ${name} se abrirá, pero habrá que descargarlo de nuevo la próxima vez. Borra algo de abajo para conservarlo.`,
  anyway: 'Abrirlo de todos modos',
  again: 'Intentar de nuevo',
  families: (list) => `Familias que se pueden abrir: ${list}.`,
  address: 'Un modelo del Hub (propietario/nombre), o la URL de un archivo .gguf o de una carpeta de modelo',
  addressHint:
    'De varias cuantizaciones se toma la más exacta que quepa, primero Q8_0; sin archivo .gguf, .safetensors con config.json y tokenizer.json.',
  progress: {
    read: 'Leyendo',
    download: 'Descargando',
    cache: 'Leyendo lo guardado en este navegador',
    prepare: 'Examinando los archivos',
    unpack: 'Cargando en el dispositivo',
  },
  ahead:
    'Mientras no se pregunta nada al modelo, se prepara su primera edición: estadísticas de claves, espacios nulos, plantillas de contexto. Nada espera por ella.',
  statisticsUnused:
    'No se usan las estadísticas de claves que la página tiene de este modelo; una edición recoge las suyas.',
  amount: (done, total) => `${done} de ${total}`,
  speed: (size) => `${size} por segundo`,
  remaining: (time) => `quedan ${time}`,
  stop: 'Detener',
  stopNote: 'Lo que ha llegado se conserva, y la descarga seguirá desde ahí.',
  unfinished: (share) => `incompleto, ${share}`,
  lazy: 'No se pudo cargar esta parte de la página.',
  lazyWhy: 'Quizá no haya red, o la página tenga una versión más nueva. Tu experimento está en la dirección y volverá.',
  lazyReload: 'Recargar la página',
  troubles: {
    offline: ({ address }) => [
      `No hay red, así que no se puede descargar ${address}.`,
      'Lo guardado en este navegador se abre sin red, y un archivo tuyo también. Lo que ha llegado de una descarga se conserva.',
    ],
    unreachable: ({ address }) => [
      `No se puede descargar ${address}: no se llega a su servidor, o este no deja que otras páginas lo lean.`,
      'Inténtalo más tarde; o descarga el archivo en otra pestaña y elígelo aquí.',
    ],
    missing: ({ address }) => [
      `${address}: 404, ese archivo no existe.`,
      'Revisa la dirección. Para el Hugging Face Hub basta propietario/nombre.',
    ],
    unknown: ({ name }) => [
      `El Hub no muestra ningún modelo ${name}: no hay ninguno con ese nombre, o es privado.`,
      'Revisa la ortografía. El nombre está arriba en la página del modelo, como Qwen/Qwen3-0.6B-GGUF.',
    ],
    gated: ({ name }) => [
      `${name} es solo para quienes han aceptado sus condiciones en el Hub, y esta página no inicia sesión.`,
      'Descarga sus archivos del Hub con tu cuenta y elígelos aquí, o busca una copia abierta a todos.',
    ],
    crowded: ({ address }) => [
      `${address}: el servidor ha recibido demasiadas peticiones de tu red.`,
      'Espera cinco minutos e inténtalo de nuevo. Lo que ha llegado se conserva.',
    ],
    refused: ({ address, status }) => [
      `${address}: el servidor rechaza el archivo (${status}).`,
      status >= 500
        ? 'Inténtalo más tarde; lo que ha llegado se conserva.'
        : 'Descarga el archivo en otra pestaña y elígelo aquí.',
    ],
    standIn: ({ name }) => [
      `${name} no es un modelo sino una página web u otro texto corto.`,
      'La dirección del propio archivo contiene /resolve/; la de su página, /blob/. Si hay que iniciar sesión, descárgalo tú y elígelo aquí.',
    ],
    altered: ({ name }) => [
      `${name} no es el archivo anunciado: su longitud o su SHA-256 no coincide. Se ha borrado.`,
      'Inténtalo de nuevo. Si no ayuda, algo lo cambia por el camino, o el servidor tiene otra versión.',
    ],
    broken: ({ name, done, total }) => [
      `La descarga de ${name} se cortó tras ${size(done)}${total ? ` de ${size(total)}` : ''}.`,
      'Inténtalo de nuevo: sigue donde se quedó.',
    ],
    nothing: ({ name, found }) => [
      `${name} no tiene ningún modelo que se pueda abrir aquí.${found ? ` Tiene: ${found}.` : ''}`,
      'Hace falta un archivo .gguf, o .safetensors con config.json y tokenizer.json. Muchos modelos tienen una copia cuyo nombre termina en -GGUF.',
    ],
    family: ({ name, family }) => [
      `${name} es de la familia ${family}, que no se puede calcular aquí.`,
      'Elige un modelo de otra familia.',
    ],
    parts: ({ name, count }) => [
      `${name} es una de ${count} partes: no se leen archivos GGUF divididos.`,
      'Une las partes con llama-gguf-split --merge, o elige una cuantización menor que venga en un solo archivo.',
    ],
    large: ({ name, bytes, most }) => [
      `${name} tiene ${size(bytes)}; en una página cabe un modelo de ${size(most)} como mucho.`,
      'Elige un modelo más pequeño o más cuantizado, o el comando langedit, que no tiene ese límite.',
    ],
    memory: ({ name, need, have }) => [
      `${name} ocupa unos ${size(need)} de memoria al abrirse, y este dispositivo tiene unos ${size(have)} para todo.`,
      'El navegador podría cerrar la página. Cierra antes otras pestañas y programas, o elige un modelo más pequeño.',
    ],
    noMemory: ({ name, bytes }) => [
      `Al navegador no le queda memoria para ${name} (${size(bytes)}).`,
      'Cierra otras pestañas y programas e inténtalo de nuevo, o elige un modelo más pequeño.',
    ],
    notKept: ({ name }) => [`${name} ya no está guardado en este navegador.`, 'Ábrelo allí de donde vino.'],
  },
};
