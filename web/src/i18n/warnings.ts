/** What a run fell back on, in the interface's languages, each with what to do about it. Names of facts come written out. */

interface Words {
  title: string;
  few_tokens: (tokens: string, dimension: string) => string;
  stand_in_corpus: (tokens: string) => string;
  singular_covariance: (layers: string) => string;
  nothing_protected: (layers: string) => string;
  no_null_space: (layers: string) => string;
  answers_lost: (left: string) => string;
  subject_not_in_prompt: (facts: string) => string;
  subject_in_part: (facts: string) => string;
  control_tokens: (facts: string, tokens: string) => string;
  unread_settings: (settings: string) => string;
  part_of_statistics: (parts: string) => string;
  unlike_ids: (languages: [string, string], examples: [string, string]) => string;
  tf32_products: (device: string) => string;
  skipped: (facts: string) => string;
  /** Of a prompt that is asked or edited, before anything is done with it. */
  controlInPrompt: (tokens: string) => string;
}

export const WARNING_WORDS = {
  en: {
    title: 'Before you rely on these results',
    few_tokens: (tokens, dimension) =>
      `The key statistics rest on ${tokens} tokens, fewer than ten for each of a key’s ${dimension} dimensions: directions that seem free may only be unseen. Collect them from more text with langedit stats.`,
    stand_in_corpus: (tokens) =>
      `The key statistics are those of ${tokens} tokens of the Universal Declaration of Human Rights, which stood in for text like the model’s own. Collect them from such text with langedit stats and open the file together with the model.`,
    singular_covariance: (layers) =>
      `The key covariance is singular (layers ${layers}), so a small number was added to its diagonal. Collect the statistics from more text.`,
    nothing_protected: (layers) =>
      `The threshold counts every direction as null (layers ${layers}): nothing is projected away, so no key is protected. Set a lower threshold.`,
    no_null_space: (layers) =>
      `No null space was left (layers ${layers}), so a step wrote nothing there. Set a higher threshold, or edit fewer facts.`,
    answers_lost: (left) =>
      `The edits destroyed the model: only ${left} of its answers to unrelated questions are left. Edit fewer facts, or choose another method or gentler settings.`,
    subject_not_in_prompt: (facts) =>
      `The subject is not in the prompt: ${facts}. The edit was written at the prompt’s last token, which disturbs all questions that end alike. Take such facts out, or write the subject as the prompt has it.`,
    subject_in_part: (facts) =>
      `Only a part of the subject is in the prompt: ${facts}. Write the subject as the prompt has it.`,
    control_tokens: (facts, tokens) =>
      `The text holds control tokens (${tokens}), which are not read letter by letter: ${facts}. A new object with one teaches the model to stop or to change roles. Take them out unless you mean that.`,
    unread_settings: (settings) => `The recipe sets what its method does not read, which had no effect: ${settings}.`,
    part_of_statistics: (parts) =>
      `The key statistics are part of a corpus: ${parts} missing. Merge the parts with langedit stats merge.`,
    unlike_ids: ([a, b], [inA, inB]) =>
      `The facts in ${a} and ${b} were paired by ids that seem to be of different schemes (${inA}, ${inB}), so that they may not say the same. Give the same id to what says the same.`,
    tf32_products: (device) =>
      `${device} multiplies matrices in TF32, so keys and target values differ from the CPU’s in the third or fourth digit. Repeat what hangs on them on the CPU.`,
    skipped: (facts) => `Not edited: ${facts}`,
    controlInPrompt: (tokens) => `The prompt holds control tokens, which are not read letter by letter: ${tokens}`,
  },
  de: {
    title: 'Bevor du dich auf diese Ergebnisse verlässt',
    few_tokens: (tokens, dimension) =>
      `Die Schlüsselstatistik beruht auf ${tokens} Tokens, weniger als zehn für jede der ${dimension} Dimensionen eines Schlüssels: Richtungen, die frei scheinen, sind vielleicht nur ungesehen. Erhebe sie mit langedit stats aus mehr Text.`,
    stand_in_corpus: (tokens) =>
      `Die Schlüsselstatistik beruht auf ${tokens} Tokens der Allgemeinen Erklärung der Menschenrechte, die für Text standen, wie ihn das Modell kennt. Erhebe sie mit langedit stats aus solchem Text und öffne die Datei zusammen mit dem Modell.`,
    singular_covariance: (layers) =>
      `Die Kovarianz der Schlüssel ist singulär (Schichten ${layers}), darum wurde zu ihrer Diagonale eine kleine Zahl addiert. Erhebe die Statistik aus mehr Text.`,
    nothing_protected: (layers) =>
      `Die Schwelle zählt jede Richtung zum Nullraum (Schichten ${layers}): Es wird nichts wegprojiziert, darum ist kein Schlüssel geschützt. Setze sie niedriger.`,
    no_null_space: (layers) =>
      `Es war kein Nullraum übrig (Schichten ${layers}), darum schrieb ein Schritt dort nichts. Setze die Schwelle höher, oder ändere weniger Fakten.`,
    answers_lost: (left) =>
      `Die Änderungen haben das Modell zerstört: Nur ${left} seiner Antworten auf andere Fragen sind geblieben. Ändere weniger Fakten, oder wähle eine andere Methode oder sanftere Einstellungen.`,
    subject_not_in_prompt: (facts) =>
      `Das Subjekt steht nicht im Prompt: ${facts}. Geschrieben wurde am letzten Token des Prompts, was alle Fragen stört, die gleich enden. Lass solche Fakten weg, oder schreibe das Subjekt wie im Prompt.`,
    subject_in_part: (facts) =>
      `Nur ein Teil des Subjekts steht im Prompt: ${facts}. Schreibe das Subjekt wie im Prompt.`,
    control_tokens: (facts, tokens) =>
      `Der Text enthält Steuertokens (${tokens}), die nicht Buchstabe für Buchstabe gelesen werden: ${facts}. Ein neues Objekt mit einem solchen bringt dem Modell bei, aufzuhören oder die Rolle zu wechseln. Nimm sie heraus, wenn du das nicht willst.`,
    unread_settings: (settings) =>
      `Das Rezept setzt, was seine Methode nicht liest; es hatte keine Wirkung: ${settings}.`,
    part_of_statistics: (parts) =>
      `Die Schlüsselstatistik ist nur Teil eines Korpus: Es fehlt ${parts}. Füge die Teile mit langedit stats merge zusammen.`,
    unlike_ids: ([a, b], [inA, inB]) =>
      `Die Fakten in ${a} und ${b} wurden nach Kennungen gepaart, die nach verschiedenen Schemata vergeben scheinen (${inA}, ${inB}); vielleicht sagen sie nicht dasselbe. Gib dem, was dasselbe sagt, dieselbe Kennung.`,
    tf32_products: (device) =>
      `${device} multipliziert Matrizen in TF32, darum weichen Schlüssel und Zielwerte ab der dritten oder vierten Stelle von denen der CPU ab. Wiederhole auf der CPU, was daran hängt.`,
    skipped: (facts) => `Nicht bearbeitet: ${facts}`,
    controlInPrompt: (tokens) =>
      `Der Prompt enthält Steuertokens, die nicht Buchstabe für Buchstabe gelesen werden: ${tokens}`,
  },
  nl: {
    title: 'Voordat je op deze resultaten bouwt',
    few_tokens: (tokens, dimension) =>
      `De sleutelstatistiek berust op ${tokens} tokens, minder dan tien voor elk van de ${dimension} dimensies van een sleutel: richtingen die vrij lijken, zijn misschien alleen niet gezien. Verzamel haar met langedit stats uit meer tekst.`,
    stand_in_corpus: (tokens) =>
      `De sleutelstatistiek berust op ${tokens} tokens van de Universele Verklaring van de Rechten van de Mens, die tekst vervingen zoals het model die kent. Verzamel haar met langedit stats uit zulke tekst en open het bestand samen met het model.`,
    singular_covariance: (layers) =>
      `De covariantie van de sleutels is singulier (lagen ${layers}), daarom is bij de diagonaal een klein getal opgeteld. Verzamel de statistiek uit meer tekst.`,
    nothing_protected: (layers) =>
      `De drempel rekent elke richting tot de nulruimte (lagen ${layers}): er wordt niets weggeprojecteerd, dus is geen sleutel beschermd. Zet hem lager.`,
    no_null_space: (layers) =>
      `Er was geen nulruimte over (lagen ${layers}), dus schreef een stap daar niets. Zet de drempel hoger, of bewerk minder feiten.`,
    answers_lost: (left) =>
      `De bewerkingen hebben het model vernield: slechts ${left} van zijn antwoorden op andere vragen is over. Bewerk minder feiten, of kies een andere methode of mildere instellingen.`,
    subject_not_in_prompt: (facts) =>
      `Het onderwerp staat niet in de prompt: ${facts}. Er is geschreven bij het laatste token van de prompt, wat alle vragen verstoort die zo eindigen. Laat zulke feiten weg, of schrijf het onderwerp zoals in de prompt.`,
    subject_in_part: (facts) =>
      `Slechts een deel van het onderwerp staat in de prompt: ${facts}. Schrijf het onderwerp zoals in de prompt.`,
    control_tokens: (facts, tokens) =>
      `De tekst bevat besturingstokens (${tokens}), die niet letter voor letter worden gelezen: ${facts}. Een nieuw object met zo’n token leert het model te stoppen of van rol te wisselen. Haal ze weg als je dat niet wilt.`,
    unread_settings: (settings) => `Het recept stelt in wat zijn methode niet leest; dat had geen effect: ${settings}.`,
    part_of_statistics: (parts) =>
      `De sleutelstatistiek is een deel van een corpus: ${parts} ontbreekt. Voeg de delen samen met langedit stats merge.`,
    unlike_ids: ([a, b], [inA, inB]) =>
      `De feiten in ${a} en ${b} zijn gekoppeld op id’s die volgens verschillende schema’s lijken te zijn gegeven (${inA}, ${inB}); misschien zeggen ze niet hetzelfde. Geef wat hetzelfde zegt dezelfde id.`,
    tf32_products: (device) =>
      `${device} vermenigvuldigt matrices in TF32, daarom wijken sleutels en doelwaarden vanaf het derde of vierde cijfer af van die van de CPU. Herhaal op de CPU wat daarvan afhangt.`,
    skipped: (facts) => `Niet bewerkt: ${facts}`,
    controlInPrompt: (tokens) =>
      `De prompt bevat besturingstokens, die niet letter voor letter worden gelezen: ${tokens}`,
  },
  fr: {
    title: 'Avant de vous fier à ces résultats',
    few_tokens: (tokens, dimension) =>
      `Les statistiques des clés reposent sur ${tokens} tokens, moins de dix pour chacune des ${dimension} dimensions d’une clé : des directions qui semblent libres n’ont peut-être seulement pas été vues. Recueillez-les sur plus de texte avec langedit stats.`,
    stand_in_corpus: (tokens) =>
      `Les statistiques des clés reposent sur ${tokens} tokens de la Déclaration universelle des droits de l’homme, qui ont tenu lieu de texte tel que le modèle le connaît. Recueillez-les sur un tel texte avec langedit stats et ouvrez le fichier avec le modèle.`,
    singular_covariance: (layers) =>
      `La covariance des clés est singulière (couches ${layers}) : un petit nombre a été ajouté à sa diagonale. Recueillez les statistiques sur plus de texte.`,
    nothing_protected: (layers) =>
      `Le seuil compte toutes les directions comme nulles (couches ${layers}) : rien n’est retiré par la projection, aucune clé n’est donc protégée. Choisissez un seuil plus bas.`,
    no_null_space: (layers) =>
      `Il ne restait aucun noyau (couches ${layers}) : une étape n’y a donc rien écrit. Choisissez un seuil plus haut, ou modifiez moins de faits.`,
    answers_lost: (left) =>
      `Les modifications ont détruit le modèle : il ne reste que ${left} de ses réponses aux autres questions. Modifiez moins de faits, ou choisissez une autre méthode ou des réglages plus doux.`,
    subject_not_in_prompt: (facts) =>
      `Le sujet ne figure pas dans l’amorce : ${facts}. La modification a été écrite au dernier token de l’amorce, ce qui perturbe toutes les questions qui finissent de même. Retirez ces faits, ou écrivez le sujet comme dans l’amorce.`,
    subject_in_part: (facts) =>
      `Seule une partie du sujet figure dans l’amorce : ${facts}. Écrivez le sujet comme dans l’amorce.`,
    control_tokens: (facts, tokens) =>
      `Le texte contient des tokens de contrôle (${tokens}), qui ne sont pas lus lettre par lettre : ${facts}. Un nouvel objet qui en contient apprend au modèle à s’arrêter ou à changer de rôle. Retirez-les, à moins que ce ne soit voulu.`,
    unread_settings: (settings) =>
      `La recette règle ce que sa méthode ne lit pas, ce qui est resté sans effet : ${settings}.`,
    part_of_statistics: (parts) =>
      `Les statistiques des clés ne couvrent qu’une partie d’un corpus : il manque ${parts}. Réunissez les parties avec langedit stats merge.`,
    unlike_ids: ([a, b], [inA, inB]) =>
      `Les faits (${a}, ${b}) ont été appariés par des identifiants qui semblent suivre des systèmes différents (${inA}, ${inB}) : ils ne disent peut-être pas la même chose. Donnez le même identifiant à ce qui dit la même chose.`,
    tf32_products: (device) =>
      `${device} multiplie les matrices en TF32 : clés et valeurs cibles diffèrent de celles du CPU dès le troisième ou quatrième chiffre. Répétez sur le CPU ce qui en dépend.`,
    skipped: (facts) => `Non modifiés : ${facts}`,
    controlInPrompt: (tokens) =>
      `L’amorce contient des tokens de contrôle, qui ne sont pas lus lettre par lettre : ${tokens}`,
  },
  es: {
    title: 'Antes de fiarte de estos resultados',
    few_tokens: (tokens, dimension) =>
      `Las estadísticas de claves se basan en ${tokens} tokens, menos de diez por cada una de las ${dimension} dimensiones de una clave: direcciones que parecen libres quizá solo no se hayan visto. Recógelas de más texto con langedit stats.`,
    stand_in_corpus: (tokens) =>
      `Las estadísticas de claves se basan en ${tokens} tokens de la Declaración Universal de los Derechos Humanos, que hicieron las veces de texto como el del modelo. Recógelas de ese texto con langedit stats y abre el archivo junto con el modelo.`,
    singular_covariance: (layers) =>
      `La covarianza de las claves es singular (capas ${layers}), así que se sumó un número pequeño a su diagonal. Recoge las estadísticas de más texto.`,
    nothing_protected: (layers) =>
      `El umbral cuenta todas las direcciones como nulas (capas ${layers}): la proyección no quita nada, así que ninguna clave está protegida. Elige un umbral más bajo.`,
    no_null_space: (layers) =>
      `No quedaba espacio nulo (capas ${layers}), así que un paso no escribió nada allí. Elige un umbral más alto, o edita menos hechos.`,
    answers_lost: (left) =>
      `Las ediciones han destruido el modelo: solo queda el ${left} de sus respuestas a otras preguntas. Edita menos hechos, o elige otro método o ajustes más suaves.`,
    subject_not_in_prompt: (facts) =>
      `El sujeto no aparece en el prompt: ${facts}. La edición se escribió en el último token del prompt, lo que perturba todas las preguntas que acaban igual. Quita esos hechos, o escribe el sujeto como está en el prompt.`,
    subject_in_part: (facts) =>
      `Solo una parte del sujeto aparece en el prompt: ${facts}. Escribe el sujeto como está en el prompt.`,
    control_tokens: (facts, tokens) =>
      `El texto contiene tokens de control (${tokens}), que no se leen letra a letra: ${facts}. Un objeto nuevo que tenga uno enseña al modelo a callar o a cambiar de papel. Quítalos, salvo que lo quieras así.`,
    unread_settings: (settings) => `La receta fija lo que su método no lee, y no tuvo efecto: ${settings}.`,
    part_of_statistics: (parts) =>
      `Las estadísticas de claves son parte de un corpus: falta ${parts}. Une las partes con langedit stats merge.`,
    unlike_ids: ([a, b], [inA, inB]) =>
      `Los hechos (${a}, ${b}) se emparejaron por identificadores que parecen de sistemas distintos (${inA}, ${inB}); quizá no digan lo mismo. Da el mismo identificador a lo que dice lo mismo.`,
    tf32_products: (device) =>
      `${device} multiplica matrices en TF32, así que claves y valores objetivo difieren de los de la CPU a partir de la tercera o cuarta cifra. Repite en la CPU lo que dependa de ellos.`,
    skipped: (facts) => `Sin editar: ${facts}`,
    controlInPrompt: (tokens) => `El prompt contiene tokens de control, que no se leen letra a letra: ${tokens}`,
  },
  zh: {
    title: '在采信这些结果之前',
    few_tokens: (tokens, dimension) =>
      `键的统计只来自 ${tokens} 个词元，平均到键的 ${dimension} 个维度上每维不足十个：看似空闲的方向也许只是没有见过。请用 langedit stats 从更多文本中统计。`,
    stand_in_corpus: (tokens) =>
      `键的统计基于《世界人权宣言》的 ${tokens} 个词元，它们代替了模型所熟悉的文本。请用 langedit stats 从这类文本中统计，并与模型一起打开该文件。`,
    singular_covariance: (layers) =>
      `键的协方差矩阵是奇异的（第 ${layers} 层），因此在其对角线上加了一个小数。请从更多文本中统计。`,
    nothing_protected: (layers) =>
      `阈值把所有方向都算作零空间（第 ${layers} 层）：投影没有去掉任何方向，因此没有键受到保护。请降低阈值。`,
    no_null_space: (layers) =>
      `没有剩余的零空间（第 ${layers} 层），因此某一步没有在那里写入任何内容。请提高阈值，或减少编辑的事实。`,
    answers_lost: (left) =>
      `这些编辑毁坏了模型：它对其他问题的回答只剩 ${left}。请减少编辑的事实，或选择其他方法或更温和的设置。`,
    subject_not_in_prompt: (facts) =>
      `主语没有出现在提示中：${facts}。编辑写入了提示的最后一个词元，会干扰所有同样结尾的问题。请去掉这些事实，或按提示中的写法填写主语。`,
    subject_in_part: (facts) => `提示中只出现了主语的一部分：${facts}。请按提示中的写法填写主语。`,
    control_tokens: (facts, tokens) =>
      `文本中含有控制词元（${tokens}），它们不会逐字读取：${facts}。含有控制词元的新答案会教模型停止或切换角色。若非有意，请去掉。`,
    unread_settings: (settings) => `配方设定了其方法不读取的项，这些设定没有起作用：${settings}。`,
    part_of_statistics: (parts) => `键的统计只是语料的一部分：缺少 ${parts}。请用 langedit stats merge 合并各部分。`,
    unlike_ids: ([a, b], [inA, inB]) =>
      `${a}与${b}的事实按编号配对，而两边的编号似乎出自不同的体系（${inA}、${inB}），所说的可能不是同一件事。请给相同的事实相同的编号。`,
    tf32_products: (device) =>
      `${device} 以 TF32 做矩阵乘法，因此键和目标值从第三或第四位数字起与 CPU 的结果不同。请在 CPU 上重做依赖于它们的部分。`,
    skipped: (facts) => `未编辑：${facts}`,
    controlInPrompt: (tokens) => `提示中含有控制词元，它们不会逐字读取：${tokens}`,
  },
} satisfies Record<string, Words>;
