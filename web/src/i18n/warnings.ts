/** What a run fell back on, in the interface's languages, each with what to do about it. Names of facts come written out. */

/** What happened and what to do about it, in one line; and the rest. */
export type Said = readonly [brief: string, more: string];

interface Words {
  title: string;
  /** How many more there are than the one that is shown. */
  more: (count: string) => string;
  few_tokens: (tokens: string, dimension: string) => Said;
  stand_in_corpus: (tokens: string) => Said;
  singular_covariance: (layers: string) => Said;
  nothing_protected: (layers: string) => Said;
  no_null_space: (layers: string) => Said;
  answers_lost: (left: string) => Said;
  subject_not_in_prompt: (facts: string) => Said;
  subject_in_part: (facts: string) => Said;
  control_tokens: (facts: string, tokens: string) => Said;
  unread_settings: (settings: string) => Said;
  part_of_statistics: (parts: string) => Said;
  unlike_ids: (languages: [string, string], examples: [string, string]) => Said;
  tf32_products: (device: string) => Said;
  skipped: (facts: string) => Said;
  /** Of a prompt that is asked or edited, before anything is done with it. */
  controlInPrompt: (tokens: string) => string;
}

export const WARNING_WORDS = {
  en: {
    title: 'Before you rely on these results',
    more: (count) => `and ${count} more`,
    few_tokens: (tokens, dimension) => [
      'The key statistics rest on few tokens: collect them from more text with langedit stats.',
      `${tokens} tokens are fewer than ten for each of a key’s ${dimension} dimensions, so directions that seem free may only be unseen.`,
    ],
    stand_in_corpus: (tokens) => [
      'The key statistics are of a stand-in text: open a file of better ones together with the model.',
      `${tokens} tokens of the Universal Declaration of Human Rights stood in for text like the model’s own. langedit stats collects them from such text.`,
    ],
    singular_covariance: (layers) => [
      'The key covariance is singular: collect the statistics from more text.',
      `A small number was added to its diagonal (layers ${layers}).`,
    ],
    nothing_protected: (layers) => [
      'No key is protected: set a lower threshold.',
      `The threshold counts every direction as null (layers ${layers}), so nothing is projected away.`,
    ],
    no_null_space: (layers) => [
      'No null space was left: set a higher threshold, or edit fewer facts.',
      `A step wrote nothing at some layers (${layers}).`,
    ],
    answers_lost: (left) => [
      'The edits destroyed the model: edit fewer facts, or choose another method or gentler settings.',
      `Only ${left} of its answers to unrelated questions are left.`,
    ],
    subject_not_in_prompt: (facts) => [
      'The subject is not in the prompt: write it as the prompt has it, or take the fact out.',
      `The edit was written at the prompt’s last token, which disturbs all questions that end alike: ${facts}.`,
    ],
    subject_in_part: (facts) => [
      'Only a part of the subject is in the prompt: write it as the prompt has it.',
      `Facts: ${facts}.`,
    ],
    control_tokens: (facts, tokens) => [
      'The text holds control tokens: take them out unless you mean them.',
      `${tokens}: not read letter by letter. A new object with one teaches the model to stop or to change roles. Facts: ${facts}.`,
    ],
    unread_settings: (settings) => [
      `Without effect with this method: ${settings}.`,
      'The recipe sets what its method does not read. “Model and settings” takes it out.',
    ],
    part_of_statistics: (parts) => [
      'The key statistics are part of a corpus: merge the parts with langedit stats merge.',
      `Missing: ${parts}.`,
    ],
    unlike_ids: ([a, b], [inA, inB]) => [
      `The facts in ${a} and ${b} may not say the same: give the same id to what does.`,
      `They were paired by ids that seem to be of different schemes (${inA}, ${inB}).`,
    ],
    tf32_products: (device) => [
      `${device} multiplies matrices in TF32: repeat on the CPU what hangs on it.`,
      'Keys and target values differ from the CPU’s in the third or fourth digit.',
    ],
    skipped: (facts) => ['Some facts are left out: correct what is wrong with them.', `${facts}.`],
    controlInPrompt: (tokens) => `The prompt holds control tokens, which are not read letter by letter: ${tokens}`,
  },
  de: {
    title: 'Bevor du dich auf diese Ergebnisse verlässt',
    more: (count) => `und ${count} mehr`,
    few_tokens: (tokens, dimension) => [
      'Die Schlüsselstatistik beruht auf wenigen Tokens: Erhebe sie mit langedit stats aus mehr Text.',
      `${tokens} Tokens sind weniger als zehn für jede der ${dimension} Dimensionen eines Schlüssels: Richtungen, die frei scheinen, sind vielleicht nur ungesehen.`,
    ],
    stand_in_corpus: (tokens) => [
      'Die Schlüsselstatistik ist die eines Ersatztextes: Öffne eine bessere zusammen mit dem Modell.',
      `${tokens} Tokens der Allgemeinen Erklärung der Menschenrechte standen für Text, wie ihn das Modell kennt. langedit stats erhebt sie aus solchem Text.`,
    ],
    singular_covariance: (layers) => [
      'Die Kovarianz der Schlüssel ist singulär: Erhebe die Statistik aus mehr Text.',
      `Zu ihrer Diagonale wurde eine kleine Zahl addiert (Schichten ${layers}).`,
    ],
    nothing_protected: (layers) => [
      'Kein Schlüssel ist geschützt: Setze die Schwelle niedriger.',
      `Sie zählt jede Richtung zum Nullraum (Schichten ${layers}), also wird nichts wegprojiziert.`,
    ],
    no_null_space: (layers) => [
      'Es war kein Nullraum übrig: Setze die Schwelle höher, oder ändere weniger Fakten.',
      `Ein Schritt schrieb in manchen Schichten nichts (${layers}).`,
    ],
    answers_lost: (left) => [
      'Die Änderungen haben das Modell zerstört: Ändere weniger Fakten, oder wähle eine andere Methode oder sanftere Einstellungen.',
      `Nur ${left} seiner Antworten auf andere Fragen sind geblieben.`,
    ],
    subject_not_in_prompt: (facts) => [
      'Das Subjekt steht nicht im Prompt: Schreibe es wie dort, oder lass den Fakt weg.',
      `Geschrieben wurde am letzten Token des Prompts, was alle Fragen stört, die gleich enden: ${facts}.`,
    ],
    subject_in_part: (facts) => [
      'Nur ein Teil des Subjekts steht im Prompt: Schreibe es wie dort.',
      `Fakten: ${facts}.`,
    ],
    control_tokens: (facts, tokens) => [
      'Der Text enthält Steuertokens: Nimm sie heraus, wenn du sie nicht willst.',
      `${tokens}: werden nicht Buchstabe für Buchstabe gelesen. Ein neues Objekt mit einem solchen bringt dem Modell bei, aufzuhören oder die Rolle zu wechseln. Fakten: ${facts}.`,
    ],
    unread_settings: (settings) => [
      `Ohne Wirkung bei dieser Methode: ${settings}.`,
      'Das Rezept setzt, was seine Methode nicht liest. „Modell und Einstellungen“ nimmt es heraus.',
    ],
    part_of_statistics: (parts) => [
      'Die Schlüsselstatistik ist Teil eines Korpus: Füge die Teile mit langedit stats merge zusammen.',
      `Es fehlt: ${parts}.`,
    ],
    unlike_ids: ([a, b], [inA, inB]) => [
      `Die Fakten (${a}, ${b}) sagen vielleicht nicht dasselbe: Gib dieselbe Id, was dasselbe sagt.`,
      `Sie wurden nach Ids gepaart, die nach verschiedenen Regeln vergeben scheinen (${inA}, ${inB}).`,
    ],
    tf32_products: (device) => [
      `${device} multipliziert Matrizen in TF32: Wiederhole auf der CPU, was daran hängt.`,
      'Schlüssel und Zielwerte weichen ab der dritten oder vierten Ziffer von denen der CPU ab.',
    ],
    skipped: (facts) => ['Manche Fakten bleiben außen vor: Berichtige, was an ihnen nicht stimmt.', `${facts}.`],
    controlInPrompt: (tokens) =>
      `Der Prompt enthält Steuertokens, die nicht Buchstabe für Buchstabe gelesen werden: ${tokens}`,
  },
  nl: {
    title: 'Voordat je op deze resultaten bouwt',
    more: (count) => `en nog ${count}`,
    few_tokens: (tokens, dimension) => [
      'De sleutelstatistiek berust op weinig tokens: verzamel ze met langedit stats uit meer tekst.',
      `${tokens} tokens zijn minder dan tien voor elk van de ${dimension} dimensies van een sleutel: richtingen die vrij lijken, zijn misschien alleen niet gezien.`,
    ],
    stand_in_corpus: (tokens) => [
      'De sleutelstatistiek is die van een vervangende tekst: open een betere samen met het model.',
      `${tokens} tokens van de Universele Verklaring van de Rechten van de Mens stonden voor tekst zoals het model die kent. langedit stats verzamelt ze uit zulke tekst.`,
    ],
    singular_covariance: (layers) => [
      'De covariantie van de sleutels is singulier: verzamel de statistiek uit meer tekst.',
      `Bij haar diagonaal is een klein getal opgeteld (lagen ${layers}).`,
    ],
    nothing_protected: (layers) => [
      'Geen enkele sleutel is beschermd: kies een lagere drempel.',
      `De drempel rekent elke richting tot de nulruimte (lagen ${layers}), dus wordt er niets weggeprojecteerd.`,
    ],
    no_null_space: (layers) => [
      'Er was geen nulruimte over: kies een hogere drempel, of bewerk minder feiten.',
      `Een stap schreef in sommige lagen niets (${layers}).`,
    ],
    answers_lost: (left) => [
      'De bewerkingen hebben het model vernield: bewerk minder feiten, of kies een andere methode of mildere instellingen.',
      `Slechts ${left} van zijn antwoorden op andere vragen is over.`,
    ],
    subject_not_in_prompt: (facts) => [
      'Het onderwerp staat niet in de prompt: schrijf het zoals daar, of laat het feit weg.',
      `Er is geschreven bij het laatste token van de prompt, wat alle vragen verstoort die zo eindigen: ${facts}.`,
    ],
    subject_in_part: (facts) => [
      'Slechts een deel van het onderwerp staat in de prompt: schrijf het zoals daar.',
      `Feiten: ${facts}.`,
    ],
    control_tokens: (facts, tokens) => [
      'De tekst bevat besturingstokens: haal ze weg als je ze niet wilt.',
      `${tokens}: worden niet letter voor letter gelezen. Een nieuw object met zo’n token leert het model te stoppen of van rol te wisselen. Feiten: ${facts}.`,
    ],
    unread_settings: (settings) => [
      `Zonder effect bij deze methode: ${settings}.`,
      'Het recept stelt in wat zijn methode niet leest. ‘Model en instellingen’ haalt het weg.',
    ],
    part_of_statistics: (parts) => [
      'De sleutelstatistiek is een deel van een corpus: voeg de delen samen met langedit stats merge.',
      `Er ontbreekt: ${parts}.`,
    ],
    unlike_ids: ([a, b], [inA, inB]) => [
      `De feiten in ${a} en ${b} zeggen misschien niet hetzelfde: geef wat hetzelfde zegt dezelfde id.`,
      `Ze zijn gekoppeld op id’s die volgens verschillende schema’s lijken te zijn gegeven (${inA}, ${inB}).`,
    ],
    tf32_products: (device) => [
      `${device} vermenigvuldigt matrices in TF32: herhaal op de CPU wat daarvan afhangt.`,
      'Sleutels en doelwaarden wijken vanaf het derde of vierde cijfer af van die van de CPU.',
    ],
    skipped: (facts) => ['Sommige feiten blijven buiten beschouwing: verbeter wat er niet aan klopt.', `${facts}.`],
    controlInPrompt: (tokens) =>
      `De prompt bevat besturingstokens, die niet letter voor letter worden gelezen: ${tokens}`,
  },
  fr: {
    title: 'Avant de vous fier à ces résultats',
    more: (count) => `et ${count} de plus`,
    few_tokens: (tokens, dimension) => [
      'Les statistiques des clés reposent sur peu de tokens : recueillez-les sur plus de texte avec langedit stats.',
      `${tokens} tokens font moins de dix pour chacune des ${dimension} dimensions d’une clé : des directions qui semblent libres n’ont peut-être seulement pas été vues.`,
    ],
    stand_in_corpus: (tokens) => [
      'Les statistiques des clés viennent d’un texte de remplacement : ouvrez-en de meilleures avec le modèle.',
      `${tokens} tokens de la Déclaration universelle des droits de l’homme ont tenu lieu de texte tel que le modèle le connaît. langedit stats les recueille sur un tel texte.`,
    ],
    singular_covariance: (layers) => [
      'La covariance des clés est singulière : recueillez les statistiques sur plus de texte.',
      `Un petit nombre a été ajouté à sa diagonale (couches ${layers}).`,
    ],
    nothing_protected: (layers) => [
      'Aucune clé n’est protégée : choisissez un seuil plus bas.',
      `Le seuil compte toutes les directions comme nulles (couches ${layers}) : rien n’est retiré par la projection.`,
    ],
    no_null_space: (layers) => [
      'Il ne restait aucun noyau : choisissez un seuil plus haut, ou modifiez moins de faits.',
      `Une étape n’a rien écrit dans certaines couches (${layers}).`,
    ],
    answers_lost: (left) => [
      'Les modifications ont détruit le modèle : modifiez moins de faits, ou choisissez une autre méthode ou des réglages plus doux.',
      `Il ne reste que ${left} de ses réponses aux autres questions.`,
    ],
    subject_not_in_prompt: (facts) => [
      'Le sujet ne figure pas dans l’amorce : écrivez-le comme elle, ou retirez le fait.',
      `La modification a été écrite au dernier token de l’amorce, ce qui perturbe toutes les questions qui finissent de même : ${facts}.`,
    ],
    subject_in_part: (facts) => [
      'Seule une partie du sujet figure dans l’amorce : écrivez-le comme elle.',
      `Faits : ${facts}.`,
    ],
    control_tokens: (facts, tokens) => [
      'Le texte contient des tokens de contrôle : retirez-les, à moins que ce ne soit voulu.',
      `${tokens} : non lus lettre par lettre. Un nouvel objet qui en contient apprend au modèle à s’arrêter ou à changer de rôle. Faits : ${facts}.`,
    ],
    unread_settings: (settings) => [
      `Sans effet avec cette méthode : ${settings}.`,
      'La recette règle ce que sa méthode ne lit pas. « Modèle et réglages » le retire.',
    ],
    part_of_statistics: (parts) => [
      'Les statistiques des clés ne couvrent qu’une partie d’un corpus : réunissez les parties avec langedit stats merge.',
      `Il manque ${parts}.`,
    ],
    unlike_ids: ([a, b], [inA, inB]) => [
      `Les faits (${a}, ${b}) ne disent peut-être pas la même chose : donnez le même identifiant à ce qui dit la même chose.`,
      `Ils ont été appariés par des identifiants qui semblent suivre des systèmes différents (${inA}, ${inB}).`,
    ],
    tf32_products: (device) => [
      `${device} multiplie les matrices en TF32 : répétez sur le CPU ce qui en dépend.`,
      'Clés et valeurs cibles diffèrent de celles du CPU dès le troisième ou quatrième chiffre.',
    ],
    skipped: (facts) => ['Certains faits sont laissés de côté : corrigez ce qui ne va pas.', `${facts}.`],
    controlInPrompt: (tokens) =>
      `L’amorce contient des tokens de contrôle, qui ne sont pas lus lettre par lettre : ${tokens}`,
  },
  es: {
    title: 'Antes de fiarte de estos resultados',
    more: (count) => `y ${count} más`,
    few_tokens: (tokens, dimension) => [
      'Las estadísticas de claves se basan en pocos tokens: recógelas de más texto con langedit stats.',
      `${tokens} tokens son menos de diez por cada una de las ${dimension} dimensiones de una clave: direcciones que parecen libres quizá solo no se hayan visto.`,
    ],
    stand_in_corpus: (tokens) => [
      'Las estadísticas de claves son de un texto sustituto: abre otras mejores junto con el modelo.',
      `${tokens} tokens de la Declaración Universal de los Derechos Humanos hicieron las veces de texto como el del modelo. langedit stats las recoge de ese texto.`,
    ],
    singular_covariance: (layers) => [
      'La covarianza de las claves es singular: recoge las estadísticas de más texto.',
      `Se sumó un número pequeño a su diagonal (capas ${layers}).`,
    ],
    nothing_protected: (layers) => [
      'Ninguna clave está protegida: elige un umbral más bajo.',
      `El umbral cuenta todas las direcciones como nulas (capas ${layers}), así que la proyección no quita nada.`,
    ],
    no_null_space: (layers) => [
      'No quedaba espacio nulo: elige un umbral más alto, o edita menos hechos.',
      `Un paso no escribió nada en algunas capas (${layers}).`,
    ],
    answers_lost: (left) => [
      'Las ediciones han destruido el modelo: edita menos hechos, o elige otro método o ajustes más suaves.',
      `Solo queda el ${left} de sus respuestas a otras preguntas.`,
    ],
    subject_not_in_prompt: (facts) => [
      'El sujeto no aparece en el prompt: escríbelo como está allí, o quita el hecho.',
      `La edición se escribió en el último token del prompt, lo que perturba todas las preguntas que acaban igual: ${facts}.`,
    ],
    subject_in_part: (facts) => [
      'Solo una parte del sujeto aparece en el prompt: escríbelo como está allí.',
      `Hechos: ${facts}.`,
    ],
    control_tokens: (facts, tokens) => [
      'El texto contiene tokens de control: quítalos, salvo que los quieras.',
      `${tokens}: no se leen letra a letra. Un objeto nuevo que tenga uno enseña al modelo a callar o a cambiar de papel. Hechos: ${facts}.`,
    ],
    unread_settings: (settings) => [
      `Sin efecto con este método: ${settings}.`,
      'La receta fija lo que su método no lee. «Modelo y ajustes» lo quita.',
    ],
    part_of_statistics: (parts) => [
      'Las estadísticas de claves son parte de un corpus: une las partes con langedit stats merge.',
      `Falta ${parts}.`,
    ],
    unlike_ids: ([a, b], [inA, inB]) => [
      `Los hechos (${a}, ${b}) quizá no digan lo mismo: da el mismo identificador a lo que dice lo mismo.`,
      `Se emparejaron por identificadores que parecen de sistemas distintos (${inA}, ${inB}).`,
    ],
    tf32_products: (device) => [
      `${device} multiplica matrices en TF32: repite en la CPU lo que dependa de ello.`,
      'Claves y valores objetivo difieren de los de la CPU a partir de la tercera o cuarta cifra.',
    ],
    skipped: (facts) => ['Algunos hechos quedan fuera: corrige lo que falla en ellos.', `${facts}.`],
    controlInPrompt: (tokens) => `El prompt contiene tokens de control, que no se leen letra a letra: ${tokens}`,
  },
  zh: {
    title: '在采信这些结果之前',
    more: (count) => `另有 ${count} 条`,
    few_tokens: (tokens, dimension) => [
      '键的统计所用的词元太少：请用 langedit stats 从更多文本中统计。',
      `${tokens} 个词元，平均到键的 ${dimension} 个维度上每维不足十个：看似空闲的方向也许只是没有见过。`,
    ],
    stand_in_corpus: (tokens) => [
      '键的统计来自替代文本：请与模型一起打开更好的统计文件。',
      `《世界人权宣言》的 ${tokens} 个词元代替了模型所熟悉的文本。langedit stats 可以从这类文本中统计。`,
    ],
    singular_covariance: (layers) => [
      '键的协方差矩阵是奇异的：请从更多文本中统计。',
      `在其对角线上加了一个小数（第 ${layers} 层）。`,
    ],
    nothing_protected: (layers) => [
      '没有键受到保护：请降低阈值。',
      `阈值把所有方向都算作零空间（第 ${layers} 层），因此投影没有去掉任何方向。`,
    ],
    no_null_space: (layers) => [
      '没有剩余的零空间：请提高阈值，或减少编辑的事实。',
      `某一步在一些层没有写入任何内容（第 ${layers} 层）。`,
    ],
    answers_lost: (left) => [
      '这些编辑毁坏了模型：请减少编辑的事实，或选择其他方法或更温和的设置。',
      `它对其他问题的回答只剩 ${left}。`,
    ],
    subject_not_in_prompt: (facts) => [
      '主语没有出现在提示中：请按提示中的写法填写，或去掉这条事实。',
      `编辑写入了提示的最后一个词元，会干扰所有同样结尾的问题：${facts}。`,
    ],
    subject_in_part: (facts) => ['提示中只出现了主语的一部分：请按提示中的写法填写。', `事实：${facts}。`],
    control_tokens: (facts, tokens) => [
      '文本中含有控制词元：若非有意，请去掉。',
      `${tokens} 不会逐字读取。含有控制词元的新答案会教模型停止或切换角色。事实：${facts}。`,
    ],
    unread_settings: (settings) => [
      `对这种方法不起作用：${settings}。`,
      '配方设定了其方法不读取的项，可以在“模型与设置”中去掉。',
    ],
    part_of_statistics: (parts) => [
      '键的统计只是语料的一部分：请用 langedit stats merge 合并各部分。',
      `缺少 ${parts}。`,
    ],
    unlike_ids: ([a, b], [inA, inB]) => [
      `${a}与${b}的事实所说的可能不是同一件事：请给相同的事实相同的编号。`,
      `它们按编号配对，而两边的编号似乎出自不同的体系（${inA}、${inB}）。`,
    ],
    tf32_products: (device) => [
      `${device} 以 TF32 做矩阵乘法：请在 CPU 上重做依赖于它的部分。`,
      '键和目标值从第三或第四位数字起与 CPU 的结果不同。',
    ],
    skipped: (facts) => ['有些事实被略过：请改正其中的问题。', `${facts}。`],
    controlInPrompt: (tokens) => `提示中含有控制词元，它们不会逐字读取：${tokens}`,
  },
} satisfies Record<string, Words>;
