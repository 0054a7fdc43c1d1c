/** The panel of models in German. */

import { bytes } from '../../format';
import type { ModelMessages } from './en';

const size = (count: number): string => bytes(count, 'de');

export const de: ModelMessages = {
  gallery: 'Modelle zum Öffnen',
  galleryWhat:
    'Sie kommen vom Hugging Face Hub und bleiben in diesem Browser. Was du damit machst, wird nirgendwohin gesendet.',
  galleryMissing: 'Die Liste der Modelle ließ sich nicht laden.',
  size: (size) => `Download ${size}`,
  memory: (size) => `braucht zum Öffnen etwa ${size} Arbeitsspeicher, zum Bearbeiten mehr`,
  resume: 'Weiterladen',
  languagesOf: (names, of) => `${names} und weitere: über ${of} Sprachen`,
  open: (name) => `${name} öffnen`,
  continue: (name, share) => `${name} weiterladen (${share} sind da)`,
  here: 'jetzt geöffnet',
  stored: 'in diesem Browser gespeichert',
  wanted: 'Mit diesem Modell wurde der Link erstellt.',
  noRoom: (name, free) =>
    `Dieser Browser hat nur Platz für ${free}: ${name} öffnet sich, muss aber nächstes Mal neu geladen werden. Lösche unten etwas, um es zu behalten.`,
  anyway: 'Trotzdem öffnen',
  again: 'Noch einmal versuchen',
  families: (list) => `Diese Familien lassen sich öffnen: ${list}.`,
  address: 'Ein Modell des Hubs (besitzer/name) oder die URL einer .gguf-Datei oder eines Modellordners',
  addressHint:
    'Von mehreren Quantisierungen wird die genaueste genommen, für die Platz ist, zuerst Q8_0; ohne .gguf-Datei .safetensors mit config.json und tokenizer.json.',
  progress: {
    read: 'Wird gelesen',
    download: 'Wird heruntergeladen',
    cache: 'Wird aus dem Speicher dieses Browsers gelesen',
    prepare: 'Die Dateien werden angesehen',
    unpack: 'Wird auf das Gerät geladen',
  },
  ahead:
    'Solange das Modell nichts gefragt wird, wird seine erste Bearbeitung vorbereitet: Schlüsselstatistik, Nullräume, Kontextvorlagen. Nichts wartet darauf.',
  statisticsUnused:
    'Die Schlüsselstatistik, die die Seite für dieses Modell hat, wird nicht verwendet; eine Bearbeitung sammelt ihre eigene.',
  amount: (done, total) => `${done} von ${total}`,
  speed: (size) => `${size} pro Sekunde`,
  remaining: (time) => `noch ${time}`,
  stop: 'Anhalten',
  stopNote: 'Was angekommen ist, bleibt, und der Download geht von dort weiter.',
  unfinished: (share) => `unvollständig, ${share}`,
  lazy: 'Dieser Teil der Seite ließ sich nicht laden.',
  lazyWhy:
    'Vielleicht fehlt das Netz, oder es gibt eine neuere Fassung der Seite. Dein Experiment steht in der Adresse und kommt wieder.',
  lazyReload: 'Seite neu laden',
  troubles: {
    offline: ({ address }) => [
      `Es gibt kein Netz, deshalb lässt sich ${address} nicht holen.`,
      'Was in diesem Browser gespeichert ist, öffnet sich auch ohne Netz, ebenso eine eigene Datei. Was von einem Download angekommen ist, bleibt.',
    ],
    unreachable: ({ address }) => [
      `${address} lässt sich nicht holen: Der Server ist nicht erreichbar oder erlaubt anderen Seiten nicht, zu lesen.`,
      'Versuche es später noch einmal; oder lade die Datei in einem eigenen Tab herunter und wähle sie hier aus.',
    ],
    missing: ({ address }) => [
      `${address}: 404, diese Datei gibt es nicht.`,
      'Prüfe die Adresse. Für den Hugging Face Hub genügt besitzer/name.',
    ],
    unknown: ({ name }) => [
      `Der Hub zeigt kein Modell ${name}: Es gibt keines dieses Namens, oder es ist privat.`,
      'Prüfe die Schreibweise. Der Name steht oben auf der Seite des Modells, etwa Qwen/Qwen3-0.6B-GGUF.',
    ],
    gated: ({ name }) => [
      `${name} bekommt nur, wer auf dem Hub seine Bedingungen angenommen hat, und diese Seite meldet sich nicht an.`,
      'Lade die Dateien mit deinem Konto vom Hub herunter und wähle sie hier aus, oder suche eine frei zugängliche Kopie.',
    ],
    crowded: ({ address }) => [
      `${address}: Der Server hat aus deinem Netz zu viele Anfragen bekommen.`,
      'Warte fünf Minuten und versuche es noch einmal. Was angekommen ist, bleibt.',
    ],
    refused: ({ address, status }) => [
      `${address}: Der Server verweigert die Datei (${status}).`,
      status >= 500
        ? 'Versuche es später noch einmal; was angekommen ist, bleibt.'
        : 'Lade die Datei in einem eigenen Tab herunter und wähle sie hier aus.',
    ],
    standIn: ({ name }) => [
      `${name} ist kein Modell, sondern eine Webseite oder ein anderer kurzer Text.`,
      'Die Adresse der Datei selbst enthält /resolve/, die ihrer Seite /blob/. Hinter einer Anmeldung lade sie selbst herunter und wähle sie hier aus.',
    ],
    altered: ({ name }) => [
      `${name} ist nicht die angekündigte Datei: Länge oder SHA-256 weichen ab. Sie wurde gelöscht.`,
      'Versuche es noch einmal. Hilft das nicht, verändert etwas unterwegs die Datei, oder der Server hat eine andere Fassung.',
    ],
    broken: ({ name, done, total }) => [
      `Der Download von ${name} ist nach ${size(done)}${total ? ` von ${size(total)}` : ''} abgebrochen.`,
      'Versuche es noch einmal: Es geht dort weiter, wo er stehen blieb.',
    ],
    nothing: ({ name, found }) => [
      `${name} hat kein Modell, das sich hier öffnen lässt.${found ? ` Vorhanden: ${found}.` : ''}`,
      'Nötig ist eine .gguf-Datei, oder .safetensors mit config.json und tokenizer.json. Von vielen Modellen gibt es eine Kopie, deren Name auf -GGUF endet.',
    ],
    family: ({ name, family }) => [
      `${name} gehört zur Familie ${family}, die sich hier nicht berechnen lässt.`,
      'Wähle ein Modell einer anderen Familie.',
    ],
    parts: ({ name, count }) => [
      `${name} ist einer von ${count} Teilen: Geteilte GGUF-Dateien werden nicht gelesen.`,
      'Füge die Teile mit llama-gguf-split --merge zusammen, oder wähle eine kleinere Quantisierung in einer einzigen Datei.',
    ],
    large: ({ name, bytes, most }) => [
      `${name} hat ${size(bytes)}; eine Seite fasst ein Modell von höchstens ${size(most)}.`,
      'Wähle ein kleineres oder stärker quantisiertes Modell, oder den Befehl langedit, der keine solche Grenze hat.',
    ],
    memory: ({ name, need, have }) => [
      `${name} braucht beim Öffnen etwa ${size(need)} Arbeitsspeicher, und dieses Gerät hat für alles zusammen etwa ${size(have)}.`,
      'Der Browser könnte die Seite beenden. Schließe erst andere Tabs und Programme, oder wähle ein kleineres Modell.',
    ],
    noMemory: ({ name, bytes }) => [
      `Der Browser hat keinen Arbeitsspeicher mehr für ${name} (${size(bytes)}).`,
      'Schließe andere Tabs und Programme und versuche es noch einmal, oder wähle ein kleineres Modell.',
    ],
    notKept: ({ name }) => [`${name} ist nicht mehr im Speicher dieses Browsers.`, 'Öffne es dort, woher es kam.'],
  },
};
