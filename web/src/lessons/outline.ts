/** The five lessons, but for their words. */

import type { PartOutline } from './lesson';

export const outline: PartOutline[][] = [
  [
    {
      formula: () => String.raw`W k = v \qquad \to \qquad (W + \Delta)\, k = v^*`,
      figure: 'accuracy',
      experiments: ['memory'],
      right: 1,
    },
    {
      formula: ({ old, disturbance }) =>
        String.raw`(W + \Delta)\, k_\text{${old}} = v_\text{${old}} + \underbrace{\Delta\, k_\text{${old}}}_\text{${disturbance}}`,
      figure: 'matrix',
      experiments: ['interference'],
      right: 1,
    },
  ],
  [
    {
      formula: ({ old }) =>
        String.raw`\Delta = \frac{r\, k^\top P}{k^\top P k + 1}, \qquad P\, k_\text{${old}} = 0 \;\Rightarrow\; \Delta\, k_\text{${old}} = 0`,
      figure: 'plane',
      experiments: [],
      right: 0,
    },
    {
      formula: () => String.raw`P = I - U U^\top, \qquad P^2 = P = P^\top`,
      figure: 'geometry',
      experiments: [],
      right: 2,
    },
  ],
  [
    {
      formula: () =>
        String.raw`C_t = \frac{N C_{t-1} + K_t K_t^\top}{N + n_t}, \qquad \Delta = R K^\top P_{t-1} \left( K K^\top P_{t-1} + I \right)^{-1}`,
      figure: 'matrix',
      experiments: ['contradicting', 'agreeing'],
      right: 1,
    },
  ],
  [
    {
      formula: (symbols) =>
        String.raw`\dim \text{${symbols.null}}(C) = d - \text{${symbols.rank}}(C), \qquad \Delta k = r \cdot \frac{k^\top P k}{k^\top P k + 1}`,
      figure: 'room',
      experiments: ['room'],
      right: 1,
    },
  ],
  [
    {
      formula: () =>
        String.raw`W = W_0 + \sum_\ell \Delta_\ell, \qquad \Delta_\ell = R_\ell K_\ell^\top P \Big( \sum_j K_j K_j^\top P + I \Big)^{-1}`,
      figure: 'merging',
      experiments: ['merging'],
      right: 2,
    },
  ],
];
