/** Loads the wasm module: the one with kernels for a GPU where there is an adapter, the small one for the CPU elsewhere. */

import { Decompress } from 'fzstd';
import cpuAddress from './pkg/cpu/langedit_bg.wasm.zst?url';
import webgpuAddress from './pkg/webgpu/langedit_bg.wasm.zst?url';
import type { DeviceChoice, Progress, Surface } from './types';

export interface Loaded {
  module: Surface;
  webgpu: boolean;
  address: string;
}

/** Bytes of the two modules as stored, known when the page is built: a host that compresses once more does not tell. */
declare const MODULE_BYTES: { cpu: number; webgpu: number };

/** A module for that choice of device; `before` where it is the same. */
export async function load(
  device: DeviceChoice,
  before: Loaded | null,
  report: (progress: Progress) => void,
): Promise<Loaded> {
  const webgpu = device !== 'cpu' && (await hasAdapter());
  if (before?.webgpu === webgpu) return before;
  const address = webgpu ? webgpuAddress : cpuAddress;
  const bindings = webgpu ? await import('./pkg/webgpu/langedit.js') : await import('./pkg/cpu/langedit.js');
  await bindings.default({
    module_or_path: await fetchModule(address, webgpu ? MODULE_BYTES.webgpu : MODULE_BYTES.cpu, report),
  });
  return { module: bindings, webgpu, address: new URL(address, self.location.href).href };
}

/** Whether WebGPU is there and gives an adapter: some browsers have the one without the other, some throw. */
async function hasAdapter(): Promise<boolean> {
  try {
    return (await navigator.gpu?.requestAdapter()) != null;
  } catch {
    return false;
  }
}

/**
 * The module's response, which is unpacked and compiled while it arrives; tells the bytes, then that what remains is to compile.
 * Hosts compress with gzip at best, and many do not compress wasm at all; zstd makes a third less of it than gzip.
 */
async function fetchModule(address: string, total: number, report: (progress: Progress) => void): Promise<Response> {
  const response = await fetch(address);
  if (!response.ok || !response.body)
    throw new Error(`the engine's module cannot be loaded: ${response.status} ${response.statusText}`);
  let done = 0;
  let unpack: Decompress;
  const unpacked = response.body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      start: (controller) => void (unpack = new Decompress((part) => part.length > 0 && controller.enqueue(part))),
      transform(part) {
        done += part.length;
        report({ stage: 'module', done: Math.min(done, total), total });
        unpack.push(part);
      },
      flush() {
        unpack.push(new Uint8Array(), true);
        report({ stage: 'compile', done: 0, total: 0 });
      },
    }),
  );
  return new Response(unpacked, { headers: { 'content-type': 'application/wasm' } });
}
