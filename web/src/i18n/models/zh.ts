/** The panel of models in Chinese. */

import { bytes } from '../../format';
import type { ModelMessages } from './en';

const size = (count: number): string => bytes(count, 'zh');

export const zh: ModelMessages = {
  gallery: '可打开的模型',
  galleryWhat: '它们来自 Hugging Face Hub，并保存在本浏览器中。您用它们做的一切都不会发送到任何地方。',
  galleryMissing: '无法加载模型列表。',
  size: (size) => `下载量 ${size}`,
  memory: (size) => `打开时约占 ${size} 内存，编辑时更多`,
  resume: '继续下载',
  languagesOf: (names, of) => `${names}等 ${of} 多种语言`,
  open: (name) => `打开 ${name}`,
  continue: (name, share) => `继续下载 ${name}（已有 ${share}）`,
  here: '当前已打开',
  stored: '已存储在本浏览器中',
  wanted: '该链接是用此模型生成的。',
  noRoom: (name, free) =>
    `本浏览器只剩 ${free} 空间：${name} 可以打开，但下次需要重新下载。如需保留，请在下方删除一些内容。`,
  anyway: '仍要打开',
  again: '重试',
  families: (list) => `可打开的模型系列：${list}。`,
  address: 'Hub 上的模型（所有者/名称），或 .gguf 文件、模型文件夹的 URL',
  addressHint:
    '如有多个量化版本，则选取放得下的最精确者，首选 Q8_0；若无 .gguf 文件，则使用 .safetensors 以及 config.json 和 tokenizer.json。',
  progress: {
    read: '正在读取',
    download: '正在下载',
    cache: '正在从本浏览器的存储中读取',
    prepare: '正在查看文件',
    unpack: '正在载入设备',
  },
  ahead: '模型空闲时，页面会准备首次编辑：键统计量、零空间和上下文模板。无需等待其完成。',
  statisticsUnused: '未使用本页面为该模型提供的键统计量；编辑时会自行收集。',
  amount: (done, total) => `${done} / ${total}`,
  speed: (size) => `每秒 ${size}`,
  remaining: (time) => `还需 ${time}`,
  stop: '停止',
  stopNote: '已下载的部分会保留，之后从该处继续。',
  unfinished: (share) => `未完成，${share}`,
  lazy: '页面的这一部分无法加载。',
  lazyWhy: '可能没有网络，或者页面已有新版本。您的实验保存在地址中，不会丢失。',
  lazyReload: '重新加载页面',
  troubles: {
    offline: ({ address }) => [
      `没有网络，无法获取 ${address}。`,
      '本浏览器中已存储的模型和您自己的文件无需网络即可打开。已下载的部分会保留。',
    ],
    unreachable: ({ address }) => [
      `无法获取 ${address}：无法连接其服务器，或该服务器不允许其他页面读取。`,
      '请稍后重试；或在新标签页中下载该文件，再在此处选择。',
    ],
    missing: ({ address }) => [
      `${address}：404，没有这个文件。`,
      '请检查地址。对于 Hugging Face Hub，只需填写“所有者/名称”。',
    ],
    unknown: ({ name }) => [
      `Hub 上看不到模型 ${name}：没有这个名称的模型，或者它是私有的。`,
      '请检查拼写。名称在模型页面的顶部，例如 Qwen/Qwen3-0.6B-GGUF。',
    ],
    gated: ({ name }) => [
      `${name} 只对在 Hub 上接受其条款的用户开放，而本页面不会登录。`,
      '请用您的账户从 Hub 下载文件，再在此处选择，或寻找一份公开的副本。',
    ],
    crowded: ({ address }) => [
      `${address}：服务器收到来自您网络的请求过多。`,
      '请等待五分钟后重试。已下载的部分会保留。',
    ],
    refused: ({ address, status }) => [
      `${address}：服务器拒绝提供该文件（${status}）。`,
      status >= 500 ? '请稍后重试；已下载的部分会保留。' : '请在新标签页中下载该文件，再在此处选择。',
    ],
    standIn: ({ name }) => [
      `${name} 不是模型，而是网页或其他简短文本。`,
      '文件本身的地址含有 /resolve/，而其页面的地址含有 /blob/。如需登录，请自行下载后在此处选择。',
    ],
    altered: ({ name }) => [
      `${name} 不是所声明的文件：长度或 SHA-256 不符。该文件已删除。`,
      '请重试。如果仍不行，说明文件在传输途中被改动，或服务器上是另一个版本。',
    ],
    broken: ({ name, done, total }) => [
      `${name} 的下载在 ${size(done)}${total ? `（共 ${size(total)}）` : ''}后中断。`,
      '请重试：将从中断处继续。',
    ],
    nothing: ({ name, found }) => [
      `${name} 没有可以在此处打开的模型。${found ? `其中有：${found}。` : ''}`,
      '需要 .gguf 文件，或 .safetensors 以及 config.json 和 tokenizer.json。许多模型有名称以 -GGUF 结尾的副本。',
    ],
    family: ({ name, family }) => [`${name} 属于 ${family} 系列，此处无法计算。`, '请选择其他系列的模型。'],
    parts: ({ name, count }) => [
      `${name} 是 ${count} 个分卷之一：不支持读取拆分的 GGUF 文件。`,
      '请用 llama-gguf-split --merge 合并各分卷，或选择单文件的更小量化版本。',
    ],
    large: ({ name, bytes, most }) => [
      `${name} 大小为 ${size(bytes)}；页面最多只能容纳 ${size(most)} 的模型。`,
      '请选择更小或量化程度更高的模型，或使用没有此限制的 langedit 命令。',
    ],
    memory: ({ name, need, have }) => [
      `${name} 打开时约占 ${size(need)} 内存，而本设备总共只有约 ${size(have)}。`,
      '浏览器可能会终止本页面。请先关闭其他标签页和程序，或选择更小的模型。',
    ],
    noMemory: ({ name, bytes }) => [
      `浏览器已没有足够内存用于 ${name}（${size(bytes)}）。`,
      '请关闭其他标签页和程序后重试，或选择更小的模型。',
    ],
    notKept: ({ name }) => [`${name} 已不在本浏览器的存储中。`, '请从原来的位置打开它。'],
  },
};
