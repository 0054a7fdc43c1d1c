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
    'You see this experiment as it was recorded with the page’s own model. Run it on the open model to watch it happen.',
  empty: 'Run the experiment, and its figure appears here.',
  runAt: (run, index, of) => `${run}, ${index} of ${of}`,
  lessons: [
    {
      title: 'Facts as memories, and why edits interfere',
      parts: [
        {
          heading: 'A layer is a memory',
          prose: [
            'Where does a language model keep the fact that Paris is the capital of France? To a good part, in the second matrix of its MLP layers. Read such a matrix as a *memory*. What comes in, at the last token of the subject, is a *key* k: a vector that says who or what is being talked about. What goes out is a *value* v, which pushes the words to come towards the answer.',
            'That makes editing a question of linear algebra. First find a value that makes the model say the new answer: gradient descent does that while the model stands still. Then change the matrix just enough that the key of the subject leads to the new value. The experiment moves the capital of France to Tokyo and gives Brazil the rupee.',
          ],
          formula:
            'The matrix W takes the key k to the value v. The edited matrix W + Δ takes the same key to the new value v*.',
          look: 'Hollow marks: before the edit. Filled marks: after it. Efficacy asks the edited sentence itself and generality asks it in other words; both should rise. Specificity asks about other things and should not move.',
          question: {
            text: 'Only one sentence per fact was edited. Why do other wordings of the question get the new answer too?',
            options: [
              {
                text: 'Because every wording was edited',
                why: 'The other wordings were kept out of the edit on purpose, to be able to ask this.',
              },
              {
                text: 'Because they lead to nearly the same key',
                why: 'Right. The key is read where the subject ends, and it tells mostly who is meant, hardly what is being asked.',
              },
              {
                text: 'Because the model was trained again',
                why: 'Nothing was trained. One matrix in each of a few layers got a change of low rank.',
              },
            ],
          },
        },
        {
          heading: 'Why edits interfere',
          prose: [
            'One matrix holds many memories, one on top of the other. A change Δ made for one key acts on *every* key that is not at a right angle to it: the answer to an old key moves by Δ times that key. Keys of different facts are never quite at right angles. Worst placed are the keys of one subject in two languages.',
            'Take Boston. The name is spelt the same in English, German, Dutch and French, so its key is nearly the same vector in all four. The experiment puts four cities into other countries, and into a different one in each language. MEMIT, the method used here, weighs the keys of everyday text but knows nothing of the edits made a moment ago.',
          ],
          formula:
            'After the change, the old key no longer gives just its old value: Δ times the old key comes on top. That is the disturbance.',
          look: 'Each row is a step, each column the language that is asked; a frame marks the language just edited. Read the first column downwards from its frame. What is left of the English answers once German has been edited?',
          question: {
            text: 'Let an update of rank one, Δ = r kᵀ, be made for a key k of length 1. How far does it move the answer to an old key at a right angle to k?',
            options: [
              {
                text: 'As far as the new one',
                why: 'Δ times the old key is r times kᵀk_old, and at a right angle that product is zero.',
              },
              {
                text: 'Not at all',
                why: 'Right: Δ k_old = r (kᵀ k_old) = 0. Interference is overlap of keys, and nothing else.',
              },
              {
                text: 'That depends on how large the model is',
                why: 'Large models have more room, so keys overlap less. But what decides is the angle.',
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
            'Imagine a memory with two inputs, so that keys are arrows in a plane. One fact is there already, the orange key. Another is to be written, the black key. Shaded is what the update would do to any key in the plane: the darker, the further its answer moves.',
            'Without the projector the update reads along the new key, and the old one stands somewhere in the shade. Now switch the projector on. It keeps only that part of the new key that is at a right angle to the old one; this direction is the old key’s *null space*. The shade turns until the old key lies exactly on its white line, and there it stays, wherever you drag the arrows.',
            'Safety has a price. Make the two keys more and more alike, as those of one name in two languages are, and less and less is left to write with.',
          ],
          formula:
            'r is what the new answer lacks. The update reads keys through P, which takes the old key to zero: so does the update.',
          look: 'Drag the ends of the arrows and the ring, or move them with the arrow keys. Then put the keys parallel, with the projector on: the old answer is perfectly safe, because nothing at all can be written.',
          question: {
            text: 'The new key lies exactly along the old one. What can a projected update do for it?',
            options: [
              { text: 'Nothing, for P k is zero', why: 'Right. To write that fact, the old one has to give way.' },
              { text: 'Half of the edit', why: 'P k is zero then, and half of zero is zero.' },
              {
                text: 'Everything, for the old key is safe',
                why: 'It is safe precisely because the update does nothing along its line, and that is where the new key is.',
              },
            ],
          },
        },
        {
          heading: 'More keys, more dimensions',
          prose: [
            'Two old keys span a plane, and only the line at a right angle to it is free. In a model with 768 inputs the keys of everyday text span very nearly everything. So one draws a line, the *threshold*: directions in which the old keys have little energy count as null, although they are not quite empty. That makes room, and lets a little leak.',
          ],
          formula:
            'The columns of U are an orthonormal basis of what the old keys span. Projecting twice changes nothing more, and P is symmetric: the marks of a right-angled projection.',
          look: 'Turn the view and drag the keys. With three old keys nothing is free. Then raise the threshold and watch both numbers: the share of the new key that can be used, and how far the old keys are moved.',
          question: {
            text: 'What does raising the threshold do?',
            options: [
              {
                text: 'It protects more directions',
                why: 'The other way round: more directions count as unused, and edits may use them.',
              },
              {
                text: 'It makes the projection exact',
                why: 'The projection is exact at any threshold. What changes is what it projects onto.',
              },
              {
                text: 'It gives edits more room and lets more leak',
                why: 'Right. Directions that old keys use a little are given to the edit.',
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
            'In the paper’s setting facts arrive language by language: English today, German tomorrow. *AlphaEdit* computes its null space once, from the keys of everyday text. What the model knew is protected; what was edited yesterday is only weighed in the sum of squares. *LangEdit* takes the keys of each edited language into the covariance and computes the null space anew before the next step. German is then edited where neither everyday text nor English is disturbed.',
            'A single edited key would vanish among 300,000 tokens of everyday text. How much it counts is therefore a setting, in the public code as on this page. How much there is to gain depends on how far apart the languages’ keys lie. The first experiment makes it as hard as can be: the same four cities in every language, each time in another country. The second is the friendly case: the same new answer everywhere.',
          ],
          formula:
            'The covariance C is the running mean over everything seen so far. The update is least squares within the null space that the covariance before the step leaves free.',
          look: 'Two methods, the same facts. In the recorded run with contradicting answers, watch German: AlphaEdit loses more than a third of it while the next languages are written. LangEdit holds on to most of German, and French, which comes last, pays for it, since its keys lie where nothing may be changed. With agreeing answers so few facts leave both methods nothing to fight about.',
          question: {
            text: 'How do the null spaces of the two methods differ in the very first step?',
            options: [
              {
                text: 'LangEdit’s is larger',
                why: 'Nothing has been edited yet: both look at the same everyday keys.',
              },
              {
                text: 'They do not differ',
                why: 'Right. They part from the second step on, when LangEdit knows of the first.',
              },
              { text: 'AlphaEdit has none', why: 'It has: the null space of everyday keys. It merely never changes.' },
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
            'Room is finite. Every key that is to be kept takes a direction away from all later edits: one dimension a fact and layer, unless its key lies in what is protected already. The edited matrices of the page’s model have 768 inputs; those of an 8-billion-parameter model have 14,336. Waiting for the last dimension to go would take hundreds of facts here, so the experiment begins with less: the threshold leaves 30 %, 3 % or 0.3 % of the energy of everyday keys to the edits.',
            'When room runs short, nothing breaks. The part P k of a new key that lies in the null space gets short, the regulariser outweighs it, and the new answer is written in part or not at all. Everything old stays as safe as before. What helps? A higher threshold, which leaks; wider or more layers; letting go of protections that no longer matter. Or another plan altogether, the next lesson.',
          ],
          formula:
            'The null space has the dimensions that the rank of C leaves. Of what is lacking, r, the share that gets written depends on how much of the key lies in the null space.',
          look: 'Above: the null dimensions that each step finds in its tightest layer. Below: the share of its own new answers that the model gives right after the step. The stroke is what the unedited model had. Editing fails long before the last dimension is gone.',
          question: {
            text: 'The part of a key in the null space has the squared length kᵀPk = 0.25. How much of the new answer does the update write?',
            options: [
              {
                text: 'All of it, at the cost of a large update',
                why: 'That would be so without the regulariser. With it, large updates are too dear.',
              },
              { text: 'A fifth: 0.25 / 1.25', why: 'Right. The shorter P k, the more of the answer stays unwritten.' },
              { text: 'None of it', why: 'Only for P k = 0, when the key lies wholly in what is protected.' },
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
            'A stream has an order, and who comes late finds little room. *Merging* does without: every language is edited by itself, from the unedited model, perhaps by people who never meet. Afterwards all updates are made into one. Nobody has to wait, but nobody knew of the others either.',
            'The plain *sum* goes too far: where six languages share a key, each update alone moves its answer the whole way, and the sum up to six times as far. The *mean* does not go far enough: what only Chinese needs is divided by six. *TSVM* turns the singular vectors of the updates until no two languages share a direction, and then adds. With *shared covariance* each language’s solve has the keys of all languages in its inverse and leaves to the others what is theirs; within one layer the sum is then exactly the edit of all facts at once.',
          ],
          formula:
            'Merging adds the updates of all languages ℓ to the unedited weights. With shared covariance, the keys of every language j stand in each one’s inverse; without it, only its own.',
          look: 'Hollow: what a language’s own edit reaches by itself. Filled: what is left of it in the merged model. Then choose specificity: the plain sum pays there, with unrelated facts.',
          question: {
            text: 'Three languages share one key k, and each one’s own update moves its answer by r. What does the sum of the three do to it?',
            options: [
              { text: 'It moves it by r', why: 'So does the mean. In the sum, each update adds its own r.' },
              {
                text: 'It does not move it',
                why: 'Updates cancel only where they point in opposite directions. These agree.',
              },
              {
                text: 'It moves it by 3 r',
                why: 'Right: it overshoots. Shared covariance prevents it, for each solve then counts on the other two.',
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
      'A model with two inputs and two outputs, and the closed form of the paper with its regulariser of 1. Left: keys. Between two lines of the map the movement grows by three quarters of a unit. Right: what the matrix makes of them, before the edit (dashed) and after it (solid); the ring is the wanted answer. Drag what has a square or a ring, or move it with the arrow keys, with Shift for larger steps.',
    projector: 'Projector P',
    off: 'off',
    on: 'on',
    angles: 'Put the new key',
    right: 'at a right angle',
    tongues: '20° away',
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
    nothing: 'P k = 0: nothing is left to edit with',
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
      `The old answer stays exactly. ${room} of the new key’s length is left to write with, and ${written} of the new answer is written.`,
    stuck:
      'The new key lies in the span of the old one. The old answer stays exactly, and nothing at all is written: there is nothing left to edit with.',
  },
  merging: {
    title: 'Alone and merged',
    about:
      'Every language was edited alone from the unedited model; then the edits were merged in four ways. Stroke: the unedited model. Hollow: the language’s own edit alone. Filled: the merged model.',
    before: 'unedited',
    alone: 'own edit alone',
    merged: 'merged',
    way: 'Merge',
    spot: (way, language, alone, merged) => `${way}, ${language}: ${alone}\u00a0% alone, ${merged}\u00a0% merged`,
    finding: (alone, best, bestAfter, worst, worstAfter, language, languageAfter) =>
      `Alone, the languages reach ${alone}\u00a0% on average. Merged they keep ${bestAfter}\u00a0% with “${best}” and ${worstAfter}\u00a0% with “${worst}”, where ${language} comes off worst (${languageAfter}\u00a0%).`,
    findingOne: (alone, way, after, language, languageAfter) =>
      `Alone, the languages reach ${alone}\u00a0% on average; with “${way}” they keep ${after}\u00a0%, ${language} least (${languageAfter}\u00a0%).`,
  },
  room: {
    title: 'Room, and what is written in it',
    about:
      'LangEdit with edited directions taken out (“tracked”), six facts in each of four languages, at three thresholds. Above: null dimensions before each step, in the layer that has fewest. Below: efficacy of the step’s own facts right after it; the stroke is the unedited model, which gets part of the tokens right by chance of spelling.',
    dimensions: 'null dimensions',
    written: 'own new answers',
    before: 'unedited',
    threshold: 'Threshold',
    spot: (threshold, step, dimensions, written) =>
      `${threshold}, ${step}: ${dimensions} null dimensions, ${written}\u00a0% of its new answers`,
    finding: (most, wide, wideWritten, narrow, narrowDimensions, narrowWritten, before) =>
      `With ${most} null dimensions (threshold ${wide}) a step gets ${wideWritten}\u00a0% of its new answers right; with ${narrowDimensions} (threshold ${narrow}) it is ${narrowWritten}\u00a0%, where the unedited model has ${before}\u00a0%.`,
    left: (threshold, taken, steps) =>
      `At ${threshold} a step takes ${taken} dimensions, so that after about ${steps} more steps none would be left.`,
  },
};
