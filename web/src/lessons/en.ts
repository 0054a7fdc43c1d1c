/** The lessons in English. */

import type { LessonTexts } from './lesson';

export const en: LessonTexts = {
  symbols: { old: 'old', new: 'new', disturbance: 'disturbance', null: 'null', rank: 'rank' },
  experiment: 'Experiment',
  variants: { contradicting: 'another answer in each language', agreeing: 'the same answer in every language' },
  ways: {
    sum: 'Sum',
    mean: 'Mean',
    tsvm: 'TSVM',
    shared: 'Sum, shared covariance',
    '30%': '30 %',
    '3%': '3 %',
    '0.3%': '0.3 %',
  },
  recorded:
    'These results were recorded with the page’s own model. Run the experiment on the open model to watch it happen.',
  own: (model) => `These are your own results, computed just now on ${model}.`,
  empty: 'Run the experiment, and its figure will appear here.',
  runAt: (run, index, of) => `${run}, ${index} of ${of}`,
  lessons: [
    {
      title: 'Facts as memories, and why edits interfere',
      parts: [
        {
          heading: 'A layer is a memory',
          prose: [
            'Where does a language model keep the fact that Paris is the capital of France? Largely in the second matrix of its MLP layers. Think of such a matrix as a *memory*. What goes in, at the last token of the subject, is a *key* k: a vector that says who or what is being talked about. What comes out is a *value* v, which steers the following words towards the answer.',
            'That makes editing a matter of linear algebra. First find a value that makes the model give the new answer: gradient descent does that while the weights stay fixed. Then change the matrix just enough for the subject’s key to lead to the new value. The experiment makes Tokyo the capital of France and the rupee the currency of Brazil.',
          ],
          formula:
            'The matrix W takes the key k to the value v. The edited matrix W + Δ takes the same key to the new value v*.',
          look: 'Hollow marks: before the edit. Filled marks: after it. Efficacy asks for the edited sentence itself, generality asks the same in other words; both should rise. Specificity asks about other things and should not move. Whole answers start at zero. Counted token by token, as in papers, efficacy does not: each token is judged from the right ones before it, so the end of a name can be right although its beginning is wrong.',
          question: {
            text: 'Only one sentence per fact was edited. Why do other wordings get the new answer, too?',
            options: [
              {
                text: 'Because every wording was edited',
                why: 'The other wordings were kept out of the edit on purpose, so that this can be tested.',
              },
              {
                text: 'Because they lead to nearly the same key',
                why: 'Right. The key is read where the subject ends. It says mostly who is meant, and hardly what is being asked.',
              },
              {
                text: 'Because the model was trained again',
                why: 'Nothing was retrained. In a few layers, one matrix received a change of low rank.',
              },
            ],
          },
        },
        {
          heading: 'Why edits interfere',
          prose: [
            'One matrix holds many memories on top of each other. A change Δ made for one key acts on *every* key that is not at a right angle to it. The answer to an old key moves by Δ times that key. Keys of different facts are never quite at right angles. The keys of one subject in two languages are the worst case.',
            'Take Boston. The name is spelt the same in English, German, Dutch and French, so its key is nearly the same vector in all four. The experiment moves four cities to other countries, and to a different country in each language. MEMIT, the method used here, takes the keys of everyday text into account. It knows nothing of the edits made a moment ago.',
          ],
          formula:
            'After the change, the old key no longer gives just its old value: Δ times the old key is added. That is the disturbance.',
          look: 'Each row is a step, each column the language that is asked; a frame marks the language just edited. Read the first column downwards from its frame. What is left of the English answers once German has been edited?',
          question: {
            text: 'A rank-one update Δ = r kᵀ is made for a key k of length 1. How far does it move the answer to an old key at a right angle to k?',
            options: [
              {
                text: 'As far as the new one',
                why: 'Δ times the old key is r times kᵀk_old, and at a right angle that product is zero.',
              },
              {
                text: 'Not at all',
                why: 'Right: Δ k_old = r (kᵀ k_old) = 0. Interference is overlap of keys and nothing else.',
              },
              {
                text: 'That depends on the size of the model',
                why: 'Larger models have more room, so their keys overlap less. But it is the angle that decides.',
              },
            ],
          },
        },
      ],
    },
    {
      title: 'What a null space is',
      parts: [
        {
          heading: 'In the plane, by hand',
          prose: [
            'Imagine a memory with two inputs, so that keys are arrows in a plane. One fact is already there: the old key. Another is to be written: the new key. The shading shows what the update would do to any key in the plane: the stronger it is, the further that key’s answer moves.',
            'Without the projector, the update reads along the new key, and the old key ends somewhere in the shading. Now switch the projector on. It keeps only the part of the new key that is at a right angle to the old one. That direction is the old key’s *null space*. The shading turns until the old key lies exactly on the line without shading. There it stays, wherever you drag the arrows.',
            'Safety has its price. The more alike the two keys are, as those of one name in two languages, the less is left to write with.',
          ],
          formula:
            'r is what the new answer still lacks. The update reads keys through P. Since P takes the old key to zero, so does the update.',
          look: 'Drag the arrowheads and the ring, or move them with the arrow keys. Then make the keys parallel, with the projector on: the old answer is perfectly safe, because nothing at all can be written.',
          question: {
            text: 'The new key points exactly along the old one. What can a projected update do for it?',
            options: [
              {
                text: 'Nothing, since P k is zero',
                why: 'Right. For that fact to be written, the old one has to give way.',
              },
              { text: 'Half of the edit', why: 'P k is zero then, and half of zero is zero.' },
              {
                text: 'Everything, since the old key is safe',
                why: 'It is safe precisely because the update does nothing along its line. And that is where the new key is.',
              },
            ],
          },
        },
        {
          heading: 'More keys, more dimensions',
          prose: [
            'Two old keys span a plane, and only the line at a right angle to it is free. In a model with 768 inputs, the keys of everyday text span very nearly everything. So a limit is set, the *threshold*: directions in which the old keys have little energy count as null, although they are not quite empty. That makes room, and it lets a little leak.',
          ],
          formula:
            'The columns of U are an orthonormal basis of what the old keys span. Projecting a second time changes nothing, and P is symmetric: the marks of an orthogonal projection.',
          look: 'Turn the view and drag the keys. With three old keys nothing is free. Then raise the threshold and watch both numbers: how much of the new key can be used, and how far the answers to the old keys move.',
          question: {
            text: 'What does raising the threshold do?',
            options: [
              {
                text: 'It protects more directions',
                why: 'The other way round: more directions count as unused, and edits may use them.',
              },
              {
                text: 'It makes the projection exact',
                why: 'The projection is exact at any threshold. What changes is the space it projects onto.',
              },
              {
                text: 'It gives edits more room and lets more leak',
                why: 'Right. Directions that old keys use a little are handed over to the edit.',
              },
            ],
          },
        },
      ],
    },
    {
      title: 'A stream of languages',
      parts: [
        {
          prose: [
            'In the paper’s setting, facts arrive language by language: English today, German tomorrow. *AlphaEdit* computes its null space once, from the keys of everyday text. What the model knew is protected; what was edited yesterday only counts as a term in the least squares. *LangEdit* adds the keys of each edited language to the covariance and recomputes the null space before the next step. German is then written only in directions that everyday text and the English edits together hardly use.',
            'Among 300,000 tokens of everyday text, a single edited key would go unnoticed. How much it counts is therefore a setting, in the public code as on this page. The protection is only as strong as this weight and the threshold make it. And how much there is to gain depends on how far apart the languages’ keys are. The first experiment is as hard as possible: the same four cities in every language, each time in another country. The second is the friendly case: the same new answer in every language.',
          ],
          formula:
            'The covariance C is the running mean over everything seen so far. The update is the least-squares solution within the null space left by the covariance before the step.',
          look: 'Two methods, the same facts. In the recorded run with contradicting answers, follow German: AlphaEdit loses more than a third of it while the next languages are written. LangEdit keeps most of it. Neither is free. With LangEdit, English drops by a third as soon as German is written, then holds; with AlphaEdit it drops later and a little lower. And French, which comes last, is hardly written at all with LangEdit: its keys point where little may still be changed. With agreeing answers, so few facts leave the two methods nothing to fight over: they end alike.',
          question: {
            text: 'How do the null spaces of the two methods differ in the very first step?',
            options: [
              {
                text: 'LangEdit’s is larger',
                why: 'Nothing has been edited yet: both start from the same everyday keys.',
              },
              {
                text: 'They do not differ',
                why: 'Right. They differ from the second step on, when LangEdit takes the first into account.',
              },
              {
                text: 'AlphaEdit has none',
                why: 'It has one: the null space of everyday keys. It just never changes.',
              },
            ],
          },
        },
      ],
    },
    {
      title: 'When the null space is used up',
      parts: [
        {
          prose: [
            'Room is finite. Every key to be kept takes a direction away from all later edits: one dimension per fact and layer, unless that direction is already protected. The edited matrices of the page’s model have 768 inputs; those of an 8-billion-parameter model have 14,336. Using up the last dimension would take hundreds of facts here. So the experiment starts with less: the threshold leaves 30 %, 3 % or 0.3 % of the energy of everyday keys to the edits.',
            'When room runs short, nothing breaks. P k, the part of a new key that lies in the null space, gets short. The regulariser outweighs it, and the new answer is written in part or not at all. Everything old stays as safe as before. What helps? A higher threshold, which leaks; wider layers, or more of them; no longer protecting what no longer matters. Or a different plan altogether: the next lesson.',
          ],
          formula:
            'The null space has the dimensions that the rank of C leaves over. How much of r, what the answer lacks, gets written depends on how much of the key lies in the null space.',
          look: 'Above: the null dimensions that each step finds in its tightest layer. Below: the share of the step’s own new answers that the model gives right afterwards. The short line is the unedited model. Editing fails long before the last dimension is gone.',
          question: {
            text: 'The part of a key in the null space has squared length kᵀPk = 0.25. How much of the new answer does the update write?',
            options: [
              {
                text: 'All of it, at the cost of a large update',
                why: 'That would be so without the regulariser. With it, large updates cost too much.',
              },
              { text: 'A fifth: 0.25 / 1.25', why: 'Right. The shorter P k, the more of the answer goes unwritten.' },
              { text: 'None of it', why: 'Only if P k = 0, when the key lies entirely in protected directions.' },
            ],
          },
        },
      ],
    },
    {
      title: 'Merging edits of many languages',
      parts: [
        {
          prose: [
            'A stream has an order, and latecomers find little room. *Merging* does without an order: every language is edited separately, starting from the unedited model, perhaps by people who never meet. Afterwards, all updates are combined into one. Nobody has to wait, but nobody knew of the others, either.',
            'The plain *sum* goes too far. Where six languages share a key, each update alone moves the answer all the way; the sum moves it up to six times as far. The *mean* does not go far enough: what only Chinese needs is divided by six. *TSVM* rotates the singular vectors of the updates until no two languages share a direction, and then adds them. With *shared covariance*, each language’s solve has the keys of all languages in its inverse and leaves their share to the others. Within one layer, the sum is then exactly the edit of all facts at once.',
          ],
          formula:
            'Merging adds the updates of all languages ℓ to the unedited weights. With shared covariance, each inverse contains the keys of every language j; without it, only the language’s own.',
          look: 'Hollow: what a language’s own edit achieves alone. Filled: what is left of it in the merged model. With shared covariance, an edit alone falls short on purpose: it counts on the others to complete it. Then choose specificity: that is where the plain sum pays, with unrelated facts.',
          question: {
            text: 'Three languages share one key k, and the update of each moves its answer by r. What does the sum of the three do?',
            options: [
              { text: 'It moves it by r', why: 'That is what the mean does. In the sum, each update adds its own r.' },
              {
                text: 'It does not move it',
                why: 'Updates cancel only where they point in opposite directions. These agree.',
              },
              {
                text: 'It moves it by 3 r',
                why: 'Right: it overshoots. Shared covariance prevents this, since each solve then counts on the other two.',
              },
            ],
          },
        },
      ],
    },
  ],
  plane: {
    title: 'The null space in two dimensions',
    about:
      'A model with two inputs and two outputs, and the paper’s closed form with its regulariser of 1. Keys: from one line of the map to the next, the movement grows by 0.75 units. Answers: what the matrix makes of the keys, before the edit (dashed) and after it (solid); the ring is the wanted answer. Drag what has a square or a ring, or use the arrow keys, with Shift for larger steps.',
    projector: 'Projector P',
    off: 'off',
    on: 'on',
    angles: 'Turn the new key',
    right: 'at a right angle',
    near: '20° away',
    parallel: 'parallel',
    keys: 'What goes in: keys',
    values: 'What comes out: answers',
    old: 'old key',
    fresh: 'new key',
    part: 'P k',
    span: 'span of the old key',
    nullspace: 'null space',
    oldAnswer: 'old answer',
    newAnswer: 'new answer',
    target: 'wanted',
    nothing: 'P k = 0: nothing left to edit with',
    place: (name, x, y) => `${name}: ${x}, ${y}`,
    quantity: 'Quantity',
    without: 'P off',
    with: 'P on',
    moves: 'The old answer moves by ‖Δ k_old‖',
    lacks: 'The new answer still lacks ‖Δ k_new − r‖',
    room: 'Length of the new key that is used, ‖P k‖ / ‖k‖',
    freely: (moved, written) => `The old answer moves by ${moved}, and ${written} of the new answer is written.`,
    harmless: (written) =>
      `The old answer stays, by luck: the keys are at a right angle. ${written} of the new answer is written.`,
    safely: (room, written) =>
      `The old answer stays exactly where it is. ${room} of the new key’s length is left to write with, and ${written} of the new answer is written.`,
    stuck:
      'The new key points along the old one. The old answer stays exactly where it is, and nothing at all is written: there is nothing left to edit with.',
  },
  merging: {
    title: 'Alone and merged',
    about:
      'Every language was edited alone, starting from the unedited model; then the edits were merged in four ways. Short line: the unedited model. Hollow: the language’s own edit alone. Filled: the merged model.',
    before: 'unedited',
    alone: 'own edit alone',
    merged: 'merged',
    way: 'Way of merging',
    spot: (way, language, alone, merged) => `${way}, ${language}: ${alone}\u00a0% alone, ${merged}\u00a0% merged`,
    finding: (best, bestAfter, bestAlone, worst, worstAfter, worstAlone, language, languageAfter) =>
      `“${best}” leaves most: ${bestAfter}\u00a0% on average, where the edits alone reach ${bestAlone}\u00a0%. “${worst}” leaves least: ${worstAfter}\u00a0%, where they reach ${worstAlone}\u00a0% alone; ${language} comes off worst (${languageAfter}\u00a0%).`,
    findingOne: (alone, way, after, language, languageAfter) =>
      `Alone, the edits reach ${alone}\u00a0% on average; “${way}” leaves ${after}\u00a0%, ${language} comes off worst (${languageAfter}\u00a0%).`,
  },
  room: {
    title: 'Room, and what is written in it',
    about:
      'LangEdit with edited directions removed (“tracked”), six facts in each of four languages, at three thresholds. Above: null dimensions before each step, in the layer with the fewest. Below: efficacy of the step’s own facts right after it. The short line is the unedited model, which gets some of the tokens right already.',
    dimensions: 'null dimensions',
    written: 'own new answers',
    before: 'unedited',
    threshold: 'Threshold',
    spot: (threshold, step, dimensions, written) =>
      `${threshold}, ${step}: ${dimensions} null dimensions, ${written}\u00a0% of its new answers`,
    finding: (most, wide, wideWritten, narrow, narrowDimensions, narrowWritten, before) =>
      `With ${most} null dimensions (threshold ${wide}), a step gets ${wideWritten}\u00a0% of its new answers right; with ${narrowDimensions} (threshold ${narrow}), ${narrowWritten}\u00a0%. The unedited model has ${before}\u00a0%.`,
    left: (threshold, taken, steps) =>
      `At ${threshold}, a step takes ${taken} dimensions; after about ${steps} more steps none would be left.`,
  },
};
