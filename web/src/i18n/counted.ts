/** What counts as right, in the interface's languages: table and figures say it in the same words. */

interface Words {
  label: string;
  whole: string;
  tokens: string;
  /** The difference, in a sentence or two. */
  about: string;
  stepsOnly: string;
}

export const COUNTED_WORDS = {
  en: {
    label: 'Counted',
    whole: 'whole answers',
    tokens: 'token by token',
    about:
      'Whole answers: all tokens of the answer are right, so that the model says it. Token by token, as papers count: each token is judged given the right ones before it, so an answer that only shares tokens with the right one gets part of the score.',
    stepsOnly: 'After single steps, only tokens were counted.',
  },
  de: {
    label: 'Gezählt',
    whole: 'ganze Antworten',
    tokens: 'Token für Token',
    about:
      'Ganze Antworten: Alle Tokens der Antwort stimmen, das Modell sagt sie also. Token für Token, wie in Veröffentlichungen: Jedes Token wird nach den richtigen davor beurteilt, also zählt eine Antwort zum Teil, die mit der richtigen nur Tokens gemeinsam hat.',
    stepsOnly: 'Nach einzelnen Schritten wurden nur Tokens gezählt.',
  },
  nl: {
    label: 'Geteld',
    whole: 'hele antwoorden',
    tokens: 'token voor token',
    about:
      'Hele antwoorden: alle tokens van het antwoord kloppen, dus het model zegt het. Token voor token, zoals in publicaties: elk token wordt beoordeeld na de juiste ervoor, dus een antwoord dat alleen tokens met het juiste deelt, telt deels mee.',
    stepsOnly: 'Na afzonderlijke stappen zijn alleen tokens geteld.',
  },
  fr: {
    label: 'On compte',
    whole: 'réponses entières',
    tokens: 'token par token',
    about:
      'Réponses entières : tous les tokens de la réponse sont bons, donc le modèle la dit. Token par token, comme dans les publications : chaque token est jugé après les bons qui le précèdent, si bien qu’une réponse qui ne partage que des tokens avec la bonne compte en partie.',
    stepsOnly: 'Après chaque étape, seuls les tokens ont été comptés.',
  },
  es: {
    label: 'Se cuentan',
    whole: 'respuestas enteras',
    tokens: 'token a token',
    about:
      'Respuestas enteras: todos los tokens de la respuesta son correctos, así que el modelo la dice. Token a token, como en las publicaciones: cada token se juzga tras los correctos que lo preceden, así que una respuesta que solo comparte tokens con la correcta cuenta en parte.',
    stepsOnly: 'Tras cada paso solo se contaron tokens.',
  },
  zh: {
    label: '计数方式',
    whole: '完整答案',
    tokens: '逐词元',
    about:
      '完整答案：答案的所有词元都正确，即模型确实会这样回答。逐词元（论文的算法）：每个词元都在其前面的正确词元之后评判，因此只与正确答案共有部分词元的答案也会得到部分分数。',
    stepsOnly: '单个步骤之后只按词元计数。',
  },
} satisfies Record<string, Words>;
