/** KaTeX with its style sheet: one chunk, fetched with the first formula. */

import 'katex/dist/katex.min.css';

export { render } from 'katex';
