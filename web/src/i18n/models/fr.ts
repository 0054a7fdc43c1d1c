/** The panel of models in French. */

import { bytes } from '../../format';
import type { ModelMessages } from './en';

const size = (count: number): string => bytes(count, 'fr');

export const fr: ModelMessages = {
  gallery: 'Modèles à ouvrir',
  galleryWhat:
    'Ils viennent du Hugging Face Hub et restent dans ce navigateur. Rien de ce que vous en faites n’est envoyé où que ce soit.',
  galleryMissing: 'La liste des modèles n’a pas pu être chargée.',
  size: (size) => `${size} à télécharger`,
  memory: (size) => `occupe environ ${size} de mémoire à l’ouverture, davantage pour les modifications`,
  resume: 'Reprendre',
  languagesOf: (names, of) => `${names} et d’autres : plus de ${of} langues`,
  open: (name) => `Ouvrir ${name}`,
  continue: (name, share) => `Reprendre ${name} (${share} déjà là)`,
  here: 'ouvert en ce moment',
  stored: 'enregistré dans ce navigateur',
  wanted: 'Le lien a été créé avec ce modèle.',
  noRoom: (name, free) =>
    `Ce navigateur n’a de place que pour ${free} : ${name} s’ouvrira, mais devra être téléchargé de nouveau la prochaine fois. Supprimez quelque chose ci-dessous pour le garder.`,
  anyway: 'Ouvrir quand même',
  again: 'Réessayer',
  families: (list) => `Familles qui s’ouvrent ici : ${list}.`,
  address: 'Un modèle du Hub (propriétaire/nom), ou l’URL d’un fichier .gguf ou d’un dossier de modèle',
  addressHint:
    'Entre plusieurs quantifications, la plus exacte qui tienne est choisie, Q8_0 d’abord ; sans fichier .gguf, .safetensors avec config.json et tokenizer.json.',
  progress: {
    read: 'Lecture',
    download: 'Téléchargement',
    cache: 'Lecture depuis ce navigateur',
    prepare: 'Examen des fichiers',
    unpack: 'Chargement sur le processeur',
  },
  ahead:
    'Tant que rien n’est demandé au modèle, sa première modification est préparée : statistiques des clés, noyaux, modèles de contexte. Rien n’attend sa fin.',
  statisticsUnused:
    'Les statistiques des clés que la page a pour ce modèle ne sont pas utilisées ; une modification recueille les siennes.',
  amount: (done, total) => `${done} sur ${total}`,
  speed: (size) => `${size} par seconde`,
  remaining: (time) => `encore ${time}`,
  stop: 'Arrêter',
  stopNote: 'Ce qui est arrivé est gardé, et le téléchargement reprendra de là.',
  unfinished: (share) => `incomplet, ${share}`,
  lazy: 'Cette partie de la page n’a pas pu être chargée.',
  lazyWhy:
    'Le réseau est peut-être coupé, ou la page a une version plus récente. Votre expérience est dans l’adresse et reviendra.',
  lazyReload: 'Recharger la page',
  troubles: {
    offline: ({ address }) => [
      `Il n’y a pas de réseau : ${address} ne peut pas être téléchargé.`,
      'Ce qui est enregistré dans ce navigateur s’ouvre sans réseau, un fichier à vous aussi. Ce qui est arrivé d’un téléchargement est gardé.',
    ],
    unreachable: ({ address }) => [
      `${address} ne peut pas être téléchargé : le serveur est injoignable ou n’autorise pas d’autres pages à le lire.`,
      'Réessayez plus tard ; ou téléchargez le fichier dans un autre onglet et choisissez-le ici.',
    ],
    missing: ({ address }) => [
      `${address} : 404, ce fichier n’existe pas.`,
      'Vérifiez l’adresse. Pour le Hugging Face Hub, propriétaire/nom suffit.',
    ],
    unknown: ({ name }) => [
      `Le Hub ne montre aucun modèle ${name} : il n’y en a pas de ce nom, ou il est privé.`,
      'Vérifiez l’orthographe. Le nom est en haut de la page du modèle, comme Qwen/Qwen3-0.6B-GGUF.',
    ],
    gated: ({ name }) => [
      `${name} est réservé à ceux qui ont accepté ses conditions sur le Hub, et cette page ne s’y connecte pas.`,
      'Téléchargez ses fichiers depuis le Hub avec votre compte et choisissez-les ici, ou cherchez une copie ouverte à tous.',
    ],
    crowded: ({ address }) => [
      `${address} : le serveur a reçu trop de demandes de votre réseau.`,
      'Attendez cinq minutes et réessayez. Ce qui est arrivé est gardé.',
    ],
    refused: ({ address, status }) => [
      `${address} : le serveur refuse le fichier (${status}).`,
      status >= 500
        ? 'Réessayez plus tard ; ce qui est arrivé est gardé.'
        : 'Téléchargez le fichier dans un autre onglet et choisissez-le ici.',
    ],
    standIn: ({ name }) => [
      `${name} n’est pas un modèle mais une page web ou un autre texte court.`,
      'L’adresse du fichier lui-même contient /resolve/, celle de sa page /blob/. S’il faut se connecter, téléchargez-le vous-même et choisissez-le ici.',
    ],
    altered: ({ name }) => [
      `${name} n’est pas le fichier annoncé : sa longueur ou son SHA-256 diffère. Il a été supprimé.`,
      'Réessayez. Si cela ne suffit pas, quelque chose le modifie en chemin, ou le serveur a une autre version.',
    ],
    broken: ({ name, done, total }) => [
      `Le téléchargement de ${name} s’est interrompu après ${size(done)}${total ? ` sur ${size(total)}` : ''}.`,
      'Réessayez : il reprendra là où il s’est arrêté.',
    ],
    nothing: ({ name, found }) => [
      `${name} n’a pas de modèle qui s’ouvre ici.${found ? ` Il contient : ${found}.` : ''}`,
      'Il faut un fichier .gguf, ou .safetensors avec config.json et tokenizer.json. Beaucoup de modèles ont une copie dont le nom finit par -GGUF.',
    ],
    family: ({ name, family }) => [
      `${name} est de la famille ${family}, qui ne peut pas être calculée ici.`,
      'Choisissez un modèle d’une autre famille.',
    ],
    parts: ({ name, count }) => [
      `${name} est l’une de ${count} parties : un fichier GGUF découpé n’est pas lu.`,
      'Réunissez les parties avec llama-gguf-split --merge, ou choisissez une quantification plus petite en un seul fichier.',
    ],
    large: ({ name, bytes, most }) => [
      `${name} fait ${size(bytes)} ; une page peut contenir un modèle de ${size(most)} au plus.`,
      'Choisissez un modèle plus petit ou plus quantifié, ou la commande langedit, qui n’a pas cette limite.',
    ],
    memory: ({ name, need, have }) => [
      `${name} occupe environ ${size(need)} de mémoire à l’ouverture, et cet appareil en a environ ${size(have)} pour tout.`,
      'Le navigateur pourrait fermer la page. Fermez d’abord d’autres onglets et programmes, ou choisissez un modèle plus petit.',
    ],
    noMemory: ({ name, bytes }) => [
      `Le navigateur n’a plus de mémoire pour ${name} (${size(bytes)}).`,
      'Fermez d’autres onglets et programmes et réessayez, ou choisissez un modèle plus petit.',
    ],
    notKept: ({ name }) => [`${name} n’est plus enregistré dans ce navigateur.`, 'Ouvrez-le là d’où il venait.'],
  },
};
