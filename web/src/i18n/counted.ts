/** What counts as right, in the interface's languages: table and figures say it in the same words. */

interface Words {
  label: string;
  whole: string;
  tokens: string;
  /** What each counts. */
  means: { whole: string; tokens: string };
  /** Where that differs from what the stage says. */
  spelling: string;
  stepsOnly: string;
}

/** The difference, in two sentences. */
export const meanings = ({ means }: Pick<Words, 'means'>): string => `${means.whole} ${means.tokens}`;

export const COUNTED_WORDS = {
  en: {
    label: 'Counted',
    whole: 'whole answers',
    tokens: 'token by token',
    means: {
      whole: 'Whole answers: all tokens of the answer are right, so that the model says it.',
      tokens:
        'Token by token, as papers count: each token is judged given the right ones before it, so an answer that only shares tokens with the right one gets part of the score.',
    },
    spelling:
      'The answers at the top of the page and the table of edits compare the text that the model says: an answer in other tokens than the tokenizer makes of it is right there, and wrong here.',
    stepsOnly: 'After single steps, only tokens were counted.',
  },
  de: {
    label: 'Gezählt',
    whole: 'ganze Antworten',
    tokens: 'Token für Token',
    means: {
      whole: 'Ganze Antworten: Alle Tokens der Antwort stimmen, das Modell sagt sie also.',
      tokens:
        'Token für Token, wie in Veröffentlichungen: Jedes Token wird nach den richtigen davor beurteilt, also zählt eine Antwort zum Teil, die mit der richtigen nur Tokens gemeinsam hat.',
    },
    spelling:
      'Die Antworten oben auf der Seite und die Tabelle der Bearbeitungen vergleichen den Text, den das Modell sagt: Eine Antwort aus anderen Tokens, als der Tokenizer daraus macht, gilt dort als richtig, hier als falsch.',
    stepsOnly: 'Nach einzelnen Schritten wurden nur Tokens gezählt.',
  },
  nl: {
    label: 'Geteld',
    whole: 'hele antwoorden',
    tokens: 'token voor token',
    means: {
      whole: 'Hele antwoorden: alle tokens van het antwoord kloppen, dus het model zegt het.',
      tokens:
        'Token voor token, zoals in publicaties: elk token wordt beoordeeld na de juiste ervoor, dus een antwoord dat alleen tokens met het juiste deelt, telt deels mee.',
    },
    spelling:
      'De antwoorden bovenaan de pagina en de tabel van bewerkingen vergelijken de tekst die het model zegt: een antwoord uit andere tokens dan de tokenizer ervan maakt, is daar goed en hier fout.',
    stepsOnly: 'Na afzonderlijke stappen zijn alleen tokens geteld.',
  },
  fr: {
    label: 'On compte',
    whole: 'réponses entières',
    tokens: 'token par token',
    means: {
      whole: 'Réponses entières : tous les tokens de la réponse sont bons, donc le modèle la dit.',
      tokens:
        'Token par token, comme dans les publications : chaque token est jugé après les bons qui le précèdent, si bien qu’une réponse qui ne partage que des tokens avec la bonne compte en partie.',
    },
    spelling:
      'Les réponses en haut de la page et le tableau des modifications comparent le texte que dit le modèle : une réponse faite d’autres tokens que ceux du tokeniseur y est juste, et fausse ici.',
    stepsOnly: 'Après chaque étape, seuls les tokens ont été comptés.',
  },
  es: {
    label: 'Se cuentan',
    whole: 'respuestas enteras',
    tokens: 'token a token',
    means: {
      whole: 'Respuestas enteras: todos los tokens de la respuesta son correctos, así que el modelo la dice.',
      tokens:
        'Token a token, como en las publicaciones: cada token se juzga tras los correctos que lo preceden, así que una respuesta que solo comparte tokens con la correcta cuenta en parte.',
    },
    spelling:
      'Las respuestas de la parte superior de la página y la tabla de ediciones comparan el texto que dice el modelo: una respuesta hecha de otros tokens que los del tokenizador cuenta allí como correcta y aquí como incorrecta.',
    stepsOnly: 'Tras cada paso solo se contaron tokens.',
  },
  zh: {
    label: '计数方式',
    whole: '完整答案',
    tokens: '逐词元',
    means: {
      whole: '完整答案：答案的所有词元都正确，即模型确实会这样回答。',
      tokens:
        '逐词元（论文的算法）：每个词元都在其前面的正确词元之后评判，因此只与正确答案共有部分词元的答案也会得到部分分数。',
    },
    spelling:
      '页面顶部的答案和编辑表比较的是模型说出的文本：如果答案由与分词器结果不同的词元组成，在那里算对，在这里算错。',
    stepsOnly: '单个步骤之后只按词元计数。',
  },
} satisfies Record<string, Words>;
