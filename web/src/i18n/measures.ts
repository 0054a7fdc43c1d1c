/** What is measured of edits beside efficacy, generality and specificity, in the interface's languages. */

import type { Accuracy } from '../engine/types';

/** By their fields in the report; the score is made of the three success rates. */
export const MEASURES = [
  'specificity_agreement',
  'specificity_subject',
  'specificity_subject_agreement',
  'portability',
  'efficacy_success',
  'generality_success',
  'specificity_success',
  'success_score',
] as const satisfies readonly (keyof Accuracy | 'success_score')[];
export type Measure = (typeof MEASURES)[number];

interface Words {
  title: string;
  measure: string;
  names: Record<Measure, string>;
  /** What success means; shown where it was measured. */
  success: string;
}

export const MEASURE_WORDS = {
  en: {
    title: 'Also measured, averaged over the edited languages',
    measure: 'Measure',
    names: {
      specificity_agreement: 'Unrelated answers kept',
      specificity_subject: 'Same subject: other facts right',
      specificity_subject_agreement: 'Same subject: answers kept',
      portability: 'What follows from the fact',
      efficacy_success: 'Success: prompt',
      generality_success: 'Success: other wordings',
      specificity_success: 'Success: neighbours',
      success_score: 'Success: score',
    },
    success:
      'Success, as CounterFact counts: how often the new answer is likelier than the old one, and for neighbours, which share the old answer, how often the old one is still likelier. The score is the harmonic mean of the three.',
  },
  de: {
    title: 'Außerdem gemessen, im Mittel über die bearbeiteten Sprachen',
    measure: 'Maß',
    names: {
      specificity_agreement: 'Antworten auf anderes unverändert',
      specificity_subject: 'Selbes Subjekt: andere Fakten richtig',
      specificity_subject_agreement: 'Selbes Subjekt: Antworten unverändert',
      portability: 'Was aus dem Fakt folgt',
      efficacy_success: 'Erfolg: Prompt',
      generality_success: 'Erfolg: andere Formulierungen',
      specificity_success: 'Erfolg: Nachbarn',
      success_score: 'Erfolg: Gesamtwert',
    },
    success:
      'Erfolg, wie CounterFact zählt: wie oft die neue Antwort wahrscheinlicher ist als die alte, und bei Nachbarn, die die alte Antwort teilen, wie oft die alte es noch ist. Der Gesamtwert ist das harmonische Mittel der drei.',
  },
  nl: {
    title: 'Ook gemeten, gemiddeld over de bewerkte talen',
    measure: 'Maat',
    names: {
      specificity_agreement: 'Andere antwoorden behouden',
      specificity_subject: 'Zelfde onderwerp: andere feiten goed',
      specificity_subject_agreement: 'Zelfde onderwerp: antwoorden behouden',
      portability: 'Wat uit het feit volgt',
      efficacy_success: 'Succes: prompt',
      generality_success: 'Succes: andere formuleringen',
      specificity_success: 'Succes: buren',
      success_score: 'Succes: score',
    },
    success:
      'Succes, zoals CounterFact telt: hoe vaak het nieuwe antwoord waarschijnlijker is dan het oude, en bij buren, die het oude antwoord delen, hoe vaak het oude dat nog is. De score is het harmonisch gemiddelde van de drie.',
  },
  fr: {
    title: 'Mesuré aussi, en moyenne sur les langues modifiées',
    measure: 'Mesure',
    names: {
      specificity_agreement: 'Réponses sans rapport conservées',
      specificity_subject: 'Même sujet : autres faits justes',
      specificity_subject_agreement: 'Même sujet : réponses conservées',
      portability: 'Ce qui découle du fait',
      efficacy_success: 'Succès : amorce',
      generality_success: 'Succès : autres formulations',
      specificity_success: 'Succès : voisins',
      success_score: 'Succès : score',
    },
    success:
      'Succès, comme CounterFact le compte : combien de fois la nouvelle réponse est plus probable que l’ancienne et, pour les voisins, qui partagent l’ancienne réponse, combien de fois l’ancienne le reste. Le score est la moyenne harmonique des trois.',
  },
  es: {
    title: 'También medido, en promedio sobre los idiomas editados',
    measure: 'Medida',
    names: {
      specificity_agreement: 'Respuestas ajenas conservadas',
      specificity_subject: 'Mismo sujeto: otros hechos correctos',
      specificity_subject_agreement: 'Mismo sujeto: respuestas conservadas',
      portability: 'Lo que se sigue del hecho',
      efficacy_success: 'Éxito: prompt',
      generality_success: 'Éxito: otras formulaciones',
      specificity_success: 'Éxito: vecinos',
      success_score: 'Éxito: puntuación',
    },
    success:
      'Éxito, como lo cuenta CounterFact: cuántas veces la respuesta nueva es más probable que la antigua y, en los vecinos, que comparten la antigua, cuántas veces la antigua sigue siéndolo. La puntuación es la media armónica de las tres.',
  },
  zh: {
    title: '其他度量（所编辑语言的平均值）',
    measure: '度量',
    names: {
      specificity_agreement: '无关答案保持不变',
      specificity_subject: '同一主语：其他事实正确',
      specificity_subject_agreement: '同一主语：答案保持不变',
      portability: '由该事实推出的内容',
      efficacy_success: '成功率：提示',
      generality_success: '成功率：其他措辞',
      specificity_success: '成功率：邻近事实',
      success_score: '成功率：综合分',
    },
    success:
      '成功率（CounterFact 的算法）：新答案比旧答案更可能的比例；对与之共有旧答案的邻近事实，则是旧答案仍更可能的比例。综合分是三者的调和平均。',
  },
} satisfies Record<string, Words>;
