<<<<<<<< HEAD:api/page/assets/Bytes-DckuK6pP.js
import{Dt as e,Ot as t,Q as n,Z as r,_t as i,et as a,ft as o,y as s}from"./route-CAJltNBC.js";import{t as c}from"./amounts-bgHA0LZD.js";var l=a(`<bdi class="num" dir="ltr"> </bdi>`);function u(a,u){t(u,!0);var d=l(),f=i(d,!0);o(e=>{r(f,e),d.dir=d.dir},[()=>c(u.count,s.locale)]),n(a,d),e()}export{u as t};
========
import{Dt as e,Ot as t,Q as n,Z as r,_t as i,et as a,ft as o,y as s}from"./route-wJyUHw1t.js";import{t as c}from"./amounts-bgHA0LZD.js";var l=a(`<bdi class="num" dir="ltr"> </bdi>`);function u(a,u){t(u,!0);var d=l(),f=i(d,!0);o(e=>{r(f,e),d.dir=d.dir},[()=>c(u.count,s.locale)]),n(a,d),e()}export{u as t};
>>>>>>>> custody:api/page/assets/Bytes-D7_KChbZ.js
