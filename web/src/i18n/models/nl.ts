/** The panel of models in Dutch. */

import { bytes } from '../../format';
import type { ModelMessages } from './en';

const size = (count: number): string => bytes(count, 'nl');

export const nl: ModelMessages = {
  gallery: 'Modellen om te openen',
  galleryWhat:
    'Ze komen van de Hugging Face Hub en blijven in deze browser. Wat je ermee doet, wordt nergens heen gestuurd.',
  galleryMissing: 'De lijst met modellen kon niet worden geladen.',
  size: (size) => `download van ${size}`,
  memory: (size) => `gebruikt ongeveer ${size} geheugen om te openen, meer om te bewerken`,
  resume: 'Verder downloaden',
  languagesOf: (names, of) => `${names} en meer: ruim ${of} talen`,
  open: (name) => `${name} openen`,
  continue: (name, share) => `${name} verder downloaden (${share} is er al)`,
  here: 'nu geopend',
  stored: 'opgeslagen in deze browser',
  wanted: 'Met dit model is de link gemaakt.',
  noRoom: (name, free) =>
    `Deze browser heeft maar ruimte voor ${free}: ${name} gaat open, maar moet de volgende keer opnieuw worden gedownload. Verwijder hieronder iets om het te bewaren.`,
  anyway: 'Toch openen',
  again: 'Opnieuw proberen',
  families: (list) => `Families die geopend kunnen worden: ${list}.`,
  address: 'Een model van de Hub (eigenaar/naam), of de URL van een .gguf-bestand of een modelmap',
  addressHint:
    'Van meerdere kwantisaties wordt de nauwkeurigste genomen waarvoor ruimte is, eerst Q8_0; zonder .gguf-bestand .safetensors met config.json en tokenizer.json.',
  progress: {
    read: 'Lezen',
    download: 'Downloaden',
    cache: 'Lezen uit de opslag van deze browser',
    prepare: 'De bestanden bekijken',
    unpack: 'Op het apparaat laden',
  },
  ahead:
    'Zolang het model niets wordt gevraagd, wordt zijn eerste bewerking voorbereid: sleutelstatistiek, nulruimten, contextsjablonen. Niets wacht erop.',
  statisticsUnused:
    'De sleutelstatistiek die de pagina van dit model heeft, wordt niet gebruikt; een bewerking verzamelt haar eigen.',
  amount: (done, total) => `${done} van ${total}`,
  speed: (size) => `${size} per seconde`,
  remaining: (time) => `nog ${time}`,
  stop: 'Stoppen',
  stopNote: 'Wat binnen is, blijft bewaard, en de download gaat daar verder.',
  unfinished: (share) => `onvolledig, ${share}`,
  lazy: 'Dit deel van de pagina kon niet worden geladen.',
  lazyWhy:
    'Misschien is er geen netwerk, of is er een nieuwere versie van de pagina. Je experiment staat in het adres en komt terug.',
  lazyReload: 'Pagina opnieuw laden',
  troubles: {
    offline: ({ address }) => [
      `Er is geen netwerk, dus ${address} kan niet worden opgehaald.`,
      'Wat in deze browser is opgeslagen, gaat ook zonder netwerk open, net als een eigen bestand. Wat van een download binnen is, blijft bewaard.',
    ],
    unreachable: ({ address }) => [
      `${address} kan niet worden opgehaald: de server is onbereikbaar of staat andere pagina’s niet toe te lezen.`,
      'Probeer het later opnieuw; of download het bestand in een eigen tabblad en kies het hier.',
    ],
    missing: ({ address }) => [
      `${address}: 404, dit bestand bestaat niet.`,
      'Controleer het adres. Voor de Hugging Face Hub is eigenaar/naam genoeg.',
    ],
    unknown: ({ name }) => [
      `De Hub toont geen model ${name}: er is er geen met die naam, of het is privé.`,
      'Controleer de spelling. De naam staat boven aan de pagina van het model, zoals Qwen/Qwen3-0.6B-GGUF.',
    ],
    gated: ({ name }) => [
      `${name} is alleen voor wie op de Hub de voorwaarden heeft aanvaard, en deze pagina meldt zich niet aan.`,
      'Download de bestanden met je account van de Hub en kies ze hier, of zoek een kopie die voor iedereen toegankelijk is.',
    ],
    crowded: ({ address }) => [
      `${address}: de server heeft te veel verzoeken uit je netwerk gekregen.`,
      'Wacht vijf minuten en probeer het opnieuw. Wat binnen is, blijft bewaard.',
    ],
    refused: ({ address, status }) => [
      `${address}: de server weigert het bestand (${status}).`,
      status >= 500
        ? 'Probeer het later opnieuw; wat binnen is, blijft bewaard.'
        : 'Download het bestand in een eigen tabblad en kies het hier.',
    ],
    standIn: ({ name }) => [
      `${name} is geen model, maar een webpagina of een andere korte tekst.`,
      'Het adres van het bestand zelf bevat /resolve/, dat van zijn pagina /blob/. Moet je inloggen, download het dan zelf en kies het hier.',
    ],
    altered: ({ name }) => [
      `${name} is niet het aangekondigde bestand: de lengte of de SHA-256 wijkt af. Het is verwijderd.`,
      'Probeer het opnieuw. Helpt dat niet, dan verandert iets onderweg het bestand, of heeft de server een andere versie.',
    ],
    broken: ({ name, done, total }) => [
      `De download van ${name} is na ${size(done)}${total ? ` van ${size(total)}` : ''} afgebroken.`,
      'Probeer het opnieuw: hij gaat verder waar hij bleef steken.',
    ],
    nothing: ({ name, found }) => [
      `${name} heeft geen model dat hier geopend kan worden.${found ? ` Aanwezig: ${found}.` : ''}`,
      'Nodig is een .gguf-bestand, of .safetensors met config.json en tokenizer.json. Van veel modellen bestaat een kopie waarvan de naam op -GGUF eindigt.',
    ],
    family: ({ name, family }) => [
      `${name} hoort bij de familie ${family}, die hier niet berekend kan worden.`,
      'Kies een model van een andere familie.',
    ],
    parts: ({ name, count }) => [
      `${name} is een van ${count} delen: een gesplitst GGUF-bestand wordt niet gelezen.`,
      'Voeg de delen samen met llama-gguf-split --merge, of kies een kleinere kwantisatie die uit één bestand bestaat.',
    ],
    large: ({ name, bytes, most }) => [
      `${name} is ${size(bytes)}; een pagina kan een model van hoogstens ${size(most)} bevatten.`,
      'Kies een kleiner of sterker gekwantiseerd model, of de opdracht langedit, die zo’n grens niet kent.',
    ],
    memory: ({ name, need, have }) => [
      `${name} gebruikt bij het openen ongeveer ${size(need)} geheugen, en dit apparaat heeft voor alles samen ongeveer ${size(have)}.`,
      'De browser kan de pagina afsluiten. Sluit eerst andere tabbladen en programma’s, of kies een kleiner model.',
    ],
    noMemory: ({ name, bytes }) => [
      `De browser heeft geen geheugen meer over voor ${name} (${size(bytes)}).`,
      'Sluit andere tabbladen en programma’s en probeer het opnieuw, of kies een kleiner model.',
    ],
    notKept: ({ name }) => [
      `${name} staat niet meer in de opslag van deze browser.`,
      'Open het daar waar het vandaan kwam.',
    ],
  },
};
