<<<<<<<< HEAD:api/page/assets/router.svelte-DenPnvyw.js
import{Ct as e,ct as t,i as n,xt as r}from"./route-CAJltNBC.js";var i=new class{#e=e(n(location.hash));get route(){return t(this.#e)}set route(e){r(this.#e,e)}constructor(){addEventListener(`hashchange`,()=>{this.route=n(location.hash)})}go(e,t=`push`){e!==location.hash&&(t===`push`?location.hash=e:(history.replaceState(null,``,e),this.route=n(e)))}};export{i as t};
========
import{Ct as e,ct as t,i as n,xt as r}from"./route-wJyUHw1t.js";var i=new class{#e=e(n(location.hash));get route(){return t(this.#e)}set route(e){r(this.#e,e)}constructor(){addEventListener(`hashchange`,()=>{this.route=n(location.hash)})}go(e,t=`push`){e!==location.hash&&(t===`push`?location.hash=e:(history.replaceState(null,``,e),this.route=n(e)))}};export{i as t};
>>>>>>>> custody:api/page/assets/router.svelte-CtAtKxO0.js
