import './styles/tokens.css';
import './styles/base.css';

import { mount } from 'svelte';
import App from './App.svelte';
import { keepForOffline } from './offline/register';
import { readParameters } from './parameters';
import { Store } from './recipe/store.svelte';
import { fetchOpening } from './stage/opening';
import { Stage } from './stage/stage.svelte';

const target = document.getElementById('app');
if (!target) throw new Error('the document has no element "app"');

const parameters = readParameters(location.search, navigator.languages);
const store = new Store(parameters.device, parameters.solver);
target.replaceChildren();
const stage = new Stage(store, fetchOpening(), parameters.panels.has('stage'));
mount(App, { target, props: { store, stage, parameters } });
void store.begin(parameters.model).then(() => {
  const manifest = store.builtin && new URL(store.builtin.address, document.baseURI).href;
  void keepForOffline([store.started?.module, manifest].filter((address) => address != null));
});
addEventListener('hashchange', () => void store.followLink(location.hash));
