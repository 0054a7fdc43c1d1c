/** The figures in Chinese. */

import { COUNTED_WORDS } from '../counted';
import type { FigureMessages } from './en';

export const zh: FigureMessages = {
  figures: '图表',
  keys: '用方向键逐个查看数值。',
  table: '表格',
  larger: '全屏',
  smaller: '退出全屏',
  empty: '应用一次编辑，图表就会显示它对模型做了什么，以及为什么。',
  noData: '此图没有数据：该方法没有闭式解，或者报告由较早的版本生成。',
  running: '编辑仍在进行：图表显示已完成的步骤。',
  step: '步骤',
  layer: '层',
  layerName: (layer) => `第 ${layer} 层`,
  stepName: (step, language) => `第 ${step} 步，${language}`,
  language: '语言',
  metric: '指标',
  efficacy: '有效性',
  generality: '泛化性',
  specificity: '特异性',
  before: '之前',
  after: '之后',
  view: '视图',
  seed: '种子',
  direction: '方向',

  counted: COUNTED_WORDS.zh,

  accuracy: {
    title: '编辑前后的准确率',
    about:
      '空心：未编辑的模型。实心：最后一步之后。有效性用被编辑的提示提问，泛化性换其他说法提问，特异性问无关的事情。',
    both: '之前 → 之后',
    perStep: '逐步',
    finding: (before, after, best, bestAfter, worst, worstAfter) =>
      `平均有效性从 ${before}\u00a0% 变为 ${after}\u00a0%。${best}最高（${bestAfter}\u00a0%），${worst}最低（${worstAfter}\u00a0%）。`,
    findingSame: (before, after) => `平均有效性从 ${before}\u00a0% 变为 ${after}\u00a0%，各语言相同。`,
    findingOne: (before, after, language) => `${language}的有效性从 ${before}\u00a0% 变为 ${after}\u00a0%。`,
    spot: (language, metric, before, after) => `${language}，${metric}：之前 ${before}\u00a0%，之后 ${after}\u00a0%`,
    spotStep: (language, metric, step, value) => `${language}，${metric}，${step}之后：${value}\u00a0%`,
  },

  matrix: {
    title: '准确率矩阵',
    about:
      '每行是一步，以该步编辑的语言命名；每列是提问所用的语言。加框：该步编辑的语言。遗忘：某语言自首次编辑起，相对其最好一步损失了多少。超过 24 步时只均匀地画出一部分；表格中有全部步骤。',
    edited: '编辑',
    asked: '询问',
    forgetting: '遗忘',
    findingForgets: (language, best, now) => `${language}遗忘最多：编辑后最高 ${best}\u00a0%，现在 ${now}\u00a0%。`,
    findingForgetAlike: (languages, points) => `${languages}遗忘最多，各 ${points} 个百分点。`,
    findingKeeps: '没有语言在编辑之后损失准确率。',
    findingTransfer: (from, to, points) => `编辑${from}使${to}变化了 ${points} 个百分点，而那里尚未编辑任何事实。`,
    spot: (row, column, value) => `${row}之后：${column} ${value}\u00a0%`,
    spotForgetting: (language, points) => `${language}比其最好一步低 ${points} 个百分点`,
  },

  spectrum: {
    title: '键的谱',
    about:
      '键的协方差的特征值，从大到小。低于阈值的方向构成零空间，编辑可以使用。下方曲线：若在该处截断，有多少键的能量落在零空间里，分别针对先前的键和本次编辑的键。',
    eigenvalue: '特征值',
    rank: '方向，从使用最多的开始',
    exposed: '键的能量落在零空间中的比例',
    discarded: (count) => `${count} 个受保护`,
    kept: (count) => `${count} 个属于零空间`,
    own: '本次编辑',
    threshold: '阈值',
    reset: '回到运行时的阈值',
    rerun: '用此阈值重新运行',
    finding: (threshold, kept, all, energy) =>
      `${all} 个方向中有 ${kept} 个低于 ${threshold}；它们合起来占键的能量的 ${energy}。`,
    findingLeak: (room, language, leak) =>
      `一次编辑在其中可用其键能量的 ${room}；先前语言的能量最多暴露 ${leak}（${language}）。`,
    findingRoom: (room) => `一次编辑在其中可用其键能量的 ${room}。`,
    removed: (count) => `其中 ${count} 个已被先前的编辑占用。`,
    spotValue: (rank, value) => `第 ${rank} 个方向：特征值 ${value}`,
    spotExposed: (rank, language, share) => `在 ${rank} 个方向后截断：${language}有 ${share} 的能量暴露`,
    none: '这种方法不投影到零空间，因此没有阈值可选。',
  },

  budget: {
    title: '零空间预算',
    about:
      '每一步之前各层零空间的维数。预测按每步的平均变化延续。最后一维用完之前，编辑就会失败：新答案能写入多少，取决于它的键有多少落在零空间里。',
    dimensions: '零空间维数',
    forecast: '预测',
    findingFalling: (lost, layer, left, steps) =>
      `每步平均用去第 ${layer} 层的 ${lost} 维；该层还剩 ${left} 维，照此速度大约够再走 ${steps} 步。这与答案无关：答案可能早就丢失，编辑也可能早就失败。`,
    findingSteady: (layer, left, share) => `零空间没有缩小：最小的是第 ${layer} 层，${left} 维（${share}）。`,
    findingFirst: (layer, left, share) => `第 ${layer} 层的零空间最小：${left} 维（${share}）。`,
    spot: (step, layer, count, share) => `${step}之前：${layer}的零空间 ${count} 维（${share}）`,
  },

  projection: {
    title: '零空间投影',
    about:
      'R Kᵀ 是不顾其他一切、直接写入新答案的更新。投影 P 去掉沿已用方向的部分。条形：两部分的范数平方，合起来是全部。点：沿先前已编辑事实的键的部分，无 P（空心）与有 P（实心）。',
    removed: '被 P 去掉',
    surviving: '剩余',
    along: '沿先前的键的 ‖R Kᵀ‖',
    noPast: '在这一步之前没有编辑过事实。',
    finding: (removed, layer) => `在第 ${layer} 层，投影去掉更新的 ${removed}，即沿其他知识所用方向的部分。`,
    findingAlong: (language, factor) => `沿${language}的键所剩的部分缩小到原来的 1/${factor}。`,
    findingNone: '这种方法不做投影：无论碰到哪些先前的键，更新都全部写入。',
    spotPart: (layer, removed, surviving) => `${layer}：P 去掉 ${removed}，剩余 ${surviving}`,
    spotAlong: (language, before, after) => `沿${language}的键：无 P 时 ${before}，有 P 时 ${after}`,
  },

  disturbance: {
    title: '对先前事实的干扰',
    about:
      '这一步之前编辑的每条事实。横线：‖Σ Δ k‖，在写入更新之前由其键预测。条形：其被编辑词元处的隐藏状态移动了多少，之后在模型中测得，包含注意力和前面被编辑的层的影响。答案是否改变，请看准确率矩阵。',
    norm: '被编辑词元处的变化',
    predicted: '预测',
    measured: '实测',
    own: '这一步自己的事实',
    finding: (language, most, own, share) =>
      `先前编辑的事实中，移动最多的是一条${language}的：${most}，为这一步对自己事实的移动（${own}）的 ${share}。`,
    findingMean: (language, mean, share, predicted) =>
      `平均而言，${language}的移动最多：${mean}（${share}）；预测为 ${predicted}。`,
    findingLost: (language, before, after) =>
      `在这一步中，${language}的有效性从 ${before}\u00a0% 降到 ${after}\u00a0%。`,
    first: '这是第一步：没有先前的事实可干扰。',
    spot: (fact, language, predicted, measured) => `事实 ${fact}，${language}：预测 ${predicted}，实测 ${measured}`,
    fact: '事实',
  },

  foresight: {
    title: '对先前事实的影响',
    about: '此前编辑的每条事实。横线：‖Σ Δ k‖，在写入之前由其键预测。条形（写入之后）：它在模型中移动了多少。',
    unit: '占新事实移动量的比例',
    would: {
      some: (count, languages, most) =>
        `应用此编辑会移动 ${count} 条先前事实（${languages}）的答案，最多为新事实移动量的 ${most}。`,
      none: (least) => `应用此编辑对任何先前事实的移动都不到新事实移动量的 ${least}。`,
    },
    did: {
      some: (count, languages, most) =>
        `此编辑移动了 ${count} 条先前事实（${languages}）的答案，最多为新事实移动量的 ${most}。`,
      none: (least) => `此编辑对任何先前事实的移动都不到新事实移动量的 ${least}。`,
    },
    foreseen: (most) => `预测：最多 ${most}。`,
    spot: (fact, language, predicted) => `事实 ${fact}，${language}：预测 ${predicted}`,
  },

  overlap: {
    title: '语言重叠',
    about: '各语言已编辑的键所张成的子空间之间的主角：0° 表示方向相同，90° 表示毫无共同方向。只显示编辑过的语言。',
    finding: (near, angle, apart, far) => `最近（${angle}）：${near}。最远（${far}）：${apart}。`,
    pair: (a, b) => `${a}–${b}`,
    more: (count) => `另外 ${count} 对`,
    findingTwo: (a, b, angle) => `${a}与${b}的键相距 ${angle}。`,
    findingSame: (angle) => `所有语言两两相距 ${angle}。`,
    none: '编辑两种语言的事实，就能看到它们的键有什么共同之处。',
    angles: '每对语言的角',
    wide: '图足够宽时，旁边显示每对语言的角的范围：线从最小到最大，条为中间一半，短线为中位数。',
    statistic: '角',
    least: '最小',
    median: '中位数',
    greatest: '最大',
    spot: (a, b, least, median, greatest) => `${a}与${b}：中位数 ${median}，从 ${least} 到 ${greatest}`,
  },

  update: {
    title: '更新',
    about: '各层更新的范数；寻找目标值时的损失；更新本身，按分块取平均；以及到每一层时隐藏状态离目标还有多远。',
    norms: '各层 ‖Δ‖',
    map: 'Δ（纵向为输出，横向为输入）',
    losses: '目标值的损失',
    errors: '各层 ‖z − h‖',
    iteration: '迭代',
    finding: (layer, norm, from, to) => `第 ${layer} 层变化最大（‖Δ‖ = ${norm}）；目标值的损失从 ${from} 降到 ${to}。`,
    spotNorm: (layer, norm) => `${layer}：‖Δ‖ = ${norm}`,
    spotLoss: (fact, iteration, loss) => `事实 ${fact}，第 ${iteration} 次迭代：损失 ${loss}`,
    spotError: (layer, error) => `${layer}：‖z − h‖ = ${error}`,
    spotCell: (rows, columns, value) => `第 ${rows} 行，第 ${columns} 列：${value}（均方根）`,
    loss: '损失',
  },

  trace: {
    title: '因果追踪',
    about: (samples, window) =>
      `行：提示的词元，主语的词元加粗。列：层。每格表示只在该处恢复无噪声时的状态后，答案的概率恢复多少个百分点。对 MLP 和注意力，恢复的是周围各层的输出（窗口：${window}）。加框：编辑写入之处。对 ${samples} 次三倍标准差的噪声取平均（ROME，arXiv 2202.05262）。`,
    restored: '恢复',
    components: { state: '隐藏状态', mlp: 'MLP', attention: '注意力' },
    scale: '答案概率恢复的百分点',
    scaleLost: '；橙色：失去的百分点',
    points: (points) => `${points} 个百分点`,
    edited: '被编辑',
    layers: (first, last) => `第 ${first}–${last} 层`,
    position: '位置',
    token: '词元',
    subject: '主语',
    spot: (token, layers, restored, corrupted) =>
      `在“${token}”处恢复，${layers}：\n答案的概率为 ${restored}，而不是 ${corrupted}`,
    finding: (subject, answer, clean, corrupted) =>
      `对“${subject}”加噪声，使答案“${answer}”的概率从 ${clean} 变为 ${corrupted}。`,
    findingRobust: (subject, answer, clean, corrupted) =>
      `对“${subject}”加噪声几乎不影响答案“${answer}”：不加时 ${clean}，加后 ${corrupted}。几乎没有什么可恢复，因此这张图说明不了多少。`,
    findingBack: (what, token, layers, share) => `只恢复“${token}”（${what}，${layers}），就能找回其中的 ${share}。`,
    findingMoves: (layer) => `从${layer}起，主语之后的词元比主语本身承载得更多。`,
  },

  merge: {
    title: '合并的编辑',
    about:
      '从未编辑的权重出发，分别编辑每种语言的事实；然后合并这些编辑并提出所有问题。竖线：用上面选择的方法依次编辑同样的事实。所有语言的平均值，百分比。',
    sequential: (method) => `${method}，依次`,
    merge: '合并',
    shared: (merge) => `${merge}（共享）`,
    finding: (merge, efficacy, specificity) =>
      `先看有效性、再看特异性，最好的是${merge}：${efficacy}\u00a0% 和 ${specificity}\u00a0%。`,
    findingBeside: (method, efficacy, specificity) => `${method}：${efficacy}\u00a0% 和 ${specificity}\u00a0%。`,
    spot: (merge, metric, value) => `${merge}\n${metric}：${value}\u00a0%`,
  },

  comparison: {
    title: '方法并排比较',
    about:
      '每种方法都从未编辑的模型出发，用相同的种子编辑同样的事实。条形：最后一步之后。短线：未编辑的模型。未变的答案：对无关问题的回答中，仍与未编辑的模型一致的词元所占比例。零空间维数：做投影的方法中，维数最少的一层的维数。只绘出各方法有差别的指标。',
    finding: (best, value, worst, least) =>
      `平均有效性最高的是${best}（${value}\u00a0%），最低的是${worst}（${least}\u00a0%）。`,
    findingSame: (value) => `所有方法的平均有效性相同：${value}\u00a0%。`,
    kept: (best, value, worst, least) => `其他答案保留最多的是 ${best}（${value}），最少的是 ${worst}（${least}）。`,
    keptSame: (value) => `各方法保留的其他答案一样多：${value}。`,
    keptOf: (kept, asked) => `${asked} 个中的 ${kept} 个`,
    method: '方法',
    notMeasured: '未测量',
    changed: '改变的其他答案',
    same: (list) => `各方法相同，故未绘出：${list}。`,
    unchanged: '未变的答案',
    others: (asked) => `其他答案中与之前相同的（共 ${asked} 个）`,
    nullLeft: '零空间维数',
    seconds: '每步秒数',
    spot: (method, language, metric, value) => `${method}，${language}，${metric}：${value}`,
  },

  formula: {
    title: '闭式解',
    about: '一步中一层的更新。选择一项，查看它的值。',
    findingOne: (rank, dimension) => `一个键投影到 ${dimension} 维中的 ${rank} 维，一次求解即得更新。`,
    finding: (keys, rank, dimension) => `${keys} 个键投影到 ${dimension} 维中的 ${rank} 维，一次求解即得更新。`,
    findingPlainOne: '一个键以闭式解给出更新。',
    findingPlain: (keys) => `${keys} 个键以闭式解给出更新。`,
    choose: '公式中的各项',
    shape: '形状',
    norm: '范数',
    condition: '条件数',
    rank: '秩',
    corner: '前几个值',
    terms: {
      update: 'Δ：加到这一层权重上的量。',
      residuals: 'R：被编辑词元处的输出还缺少的量，其中这一层的份额。',
      keys: 'K：键，每条事实一列，即被编辑矩阵在被编辑词元处的输入。',
      projector: 'P：投影到所有应保留内容的键的零空间。以基的形式保存，因此 P² = P 严格成立。',
      inverse: '逆矩阵在相似的键之间分配更新。λ 使其有界。',
    },
  },

  solver: {
    coming: '求解更新的引擎正在加载。在此之前，图中只有各个键，以及先前的键所张成的空间。',
    busy: '引擎正忙；图中是它上一次的结果。',
  },
  geometry: {
    title: '三维中的零空间',
    about:
      '一个有三个输入的模型。先前的键属于应保留的知识。它们张成的直线或平面受保护，其余是零空间。新键被分成两部分，只有零空间中的部分承载更新。拖动箭头尖端，或用滑块移动；在别处拖动（触摸屏上横向拖动）可转动视角。阈值大于 0 时，使用很少的方向也算作零空间，因而会被干扰。',
    past: (index) => `先前的键 ${index}`,
    fresh: '新键',
    projected: 'P k',
    nullspace: '零空间',
    span: '先前的键张成的空间',
    pastKeys: '先前的键',
    finding: (share, disturbed, plain) =>
      `新键的 ${share} 在零空间中。更新使先前的键的答案移动 ${disturbed}；没有投影则为 ${plain}。`,
    stuck: '先前的键张成了整个空间：零空间为空，任何更新都会干扰它们。',
    spot: (name, x, y, z) => `${name}：(${x}, ${y}, ${z})`,
    turn: '转动视角',
    move: '移动',
  },
};
