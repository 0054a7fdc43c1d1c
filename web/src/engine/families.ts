/** The families of models that can be opened, so that another is refused before it is downloaded. The crate's are in `crate/src/model/family`. */

export interface Family {
  /** What people call it, and well-known models of it that have another name. */
  label: string;
  also: string;
  /** `model_type` in config.json. */
  type: string;
  /** `general.architecture` in GGUF, where that is another name. */
  gguf?: string;
}

export const FAMILIES: readonly Family[] = [
  { label: 'Llama', also: 'SmolLM2', type: 'llama' },
  { label: 'Qwen2', also: 'Qwen2.5', type: 'qwen2' },
  { label: 'Qwen3', also: '', type: 'qwen3' },
  { label: 'Mistral', also: '', type: 'mistral', gguf: 'llama' },
  { label: 'Gemma3', also: '', type: 'gemma3_text', gguf: 'gemma3' },
  { label: 'OLMo2', also: '', type: 'olmo2' },
  { label: 'SmolLM3', also: '', type: 'smollm3' },
  { label: 'Phi-3', also: 'Phi-4-mini', type: 'phi3' },
  { label: 'GPT-2', also: '', type: 'gpt2' },
  { label: 'GPT-J', also: '', type: 'gptj' },
  { label: 'GPT-NeoX', also: 'Pythia', type: 'gpt_neox', gguf: 'gptneox' },
];

/** Whether a model of that architecture opens; one that is not told is tried. */
export function opens(architecture: string | null, format: 'gguf' | 'safetensors'): boolean {
  if (architecture === null) return true;
  const name = (family: Family): string => (format === 'gguf' ? (family.gguf ?? family.type) : family.type);
  return FAMILIES.some((family) => name(family) === architecture);
}

/** The families in words. */
export const FAMILY_LIST = FAMILIES.map(({ label, also }) => (also ? `${label} (${also})` : label)).join(', ');
