/** The five lessons, but for their words. */

import type { PartOutline } from './lesson';

const math = (body: string): string => `<math xmlns="http://www.w3.org/1998/Math/MathML" display="block"><mrow>${body}</mrow></math>`;

const sub = (base: string, text: string): string => `<msub><mi>${base}</mi><mtext>${text}</mtext></msub>`;
const [DELTA, K, KT, P, PLUS, EQUALS, WIDE] = [
  '<mi>Δ</mi>',
  '<mi>k</mi>',
  '<msup><mi>k</mi><mi>T</mi></msup>',
  '<mi>P</mi>',
  '<mo>+</mo>',
  '<mo>=</mo>',
  '<mspace width="2em"/>',
];
const edited = `<mo>(</mo><mi>W</mi>${PLUS}${DELTA}<mo>)</mo>`;
const inverse = (inside: string): string => `<msup><mrow><mo>(</mo>${inside}<mo>)</mo></mrow><mrow><mo>−</mo><mn>1</mn></mrow></msup>`;
const covariance = (step: string): string => `<msub><mi>C</mi><mrow>${step}</mrow></msub>`;
const PREVIOUS = '<mi>t</mi><mo>−</mo><mn>1</mn>';
const gram = (index: string): string => `<msub><mi>K</mi><mi>${index}</mi></msub><msubsup><mi>K</mi><mi>${index}</mi><mi>T</mi></msubsup>`;

export const outline: PartOutline[][] = [
  [
    {
      formula: () => math(`<mi>W</mi>${K}${EQUALS}<mi>v</mi>${WIDE}<mo>→</mo>${WIDE}${edited}${K}${EQUALS}<msup><mi>v</mi><mo>∗</mo></msup>`),
      figure: 'accuracy',
      experiments: ['memory'],
      right: 1,
    },
    {
      formula: ({ old, disturbance }) =>
        math(
          `${edited}${sub('k', old)}${EQUALS}${sub('v', old)}${PLUS}<munder><munder accentunder="true"><mrow>${DELTA}${sub('k', old)}</mrow><mo>⏟</mo></munder><mtext>${disturbance}</mtext></munder>`,
        ),
      figure: 'matrix',
      experiments: ['interference'],
      right: 1,
    },
  ],
  [
    {
      formula: ({ old }) =>
        math(
          `${DELTA}${EQUALS}<mfrac><mrow><mi>r</mi>${KT}${P}</mrow><mrow>${KT}${P}${K}${PLUS}<mn>1</mn></mrow></mfrac><mo>,</mo>${WIDE}${P}${sub('k', old)}${EQUALS}<mn>0</mn><mspace width="0.8em"/><mo>⇒</mo><mspace width="0.8em"/>${DELTA}${sub('k', old)}${EQUALS}<mn>0</mn>`,
        ),
      figure: 'plane',
      experiments: [],
      right: 0,
    },
    {
      formula: () => math(`${P}${EQUALS}<mi>I</mi><mo>−</mo><mi>U</mi><msup><mi>U</mi><mi>T</mi></msup><mo>,</mo>${WIDE}<msup><mi>P</mi><mn>2</mn></msup>${EQUALS}${P}${EQUALS}<msup><mi>P</mi><mi>T</mi></msup>`),
      figure: 'geometry',
      experiments: [],
      right: 2,
    },
  ],
  [
    {
      formula: () =>
        math(
          `${covariance('<mi>t</mi>')}${EQUALS}<mfrac><mrow><mi>N</mi>${covariance(PREVIOUS)}${PLUS}${gram('t')}</mrow><mrow><mi>N</mi>${PLUS}<msub><mi>n</mi><mi>t</mi></msub></mrow></mfrac><mo>,</mo>${WIDE}${DELTA}${EQUALS}<mi>R</mi><msup><mi>K</mi><mi>T</mi></msup><msub><mi>P</mi><mrow>${PREVIOUS}</mrow></msub>${inverse(`<mi>K</mi><msup><mi>K</mi><mi>T</mi></msup><msub><mi>P</mi><mrow>${PREVIOUS}</mrow></msub>${PLUS}<mi>I</mi>`)}`,
        ),
      figure: 'matrix',
      experiments: ['contradicting', 'agreeing'],
      right: 1,
    },
  ],
  [
    {
      formula: (symbols) =>
        math(
          `<mi>dim</mi><mspace width="0.2em"/><mtext>${symbols.null}</mtext><mo>(</mo><mi>C</mi><mo>)</mo>${EQUALS}<mi>d</mi><mo>−</mo><mtext>${symbols.rank}</mtext><mo>(</mo><mi>C</mi><mo>)</mo><mo>,</mo>${WIDE}${DELTA}${K}${EQUALS}<mi>r</mi><mo>·</mo><mfrac><mrow>${KT}${P}${K}</mrow><mrow>${KT}${P}${K}${PLUS}<mn>1</mn></mrow></mfrac>`,
        ),
      figure: 'room',
      experiments: ['room'],
      right: 1,
    },
  ],
  [
    {
      formula: () =>
        math(
          `<mi>W</mi>${EQUALS}<msub><mi>W</mi><mn>0</mn></msub>${PLUS}<munder><mo>∑</mo><mi>ℓ</mi></munder><msub><mi>Δ</mi><mi>ℓ</mi></msub><mo>,</mo>${WIDE}<msub><mi>Δ</mi><mi>ℓ</mi></msub>${EQUALS}<msub><mi>R</mi><mi>ℓ</mi></msub><msubsup><mi>K</mi><mi>ℓ</mi><mi>T</mi></msubsup>${P}${inverse(`<munder><mo>∑</mo><mi>j</mi></munder>${gram('j')}${P}${PLUS}<mi>I</mi>`)}`,
        ),
      figure: 'merging',
      experiments: ['merging'],
      right: 2,
    },
  ],
];
