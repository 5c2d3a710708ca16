import { told, visitor } from "./harness.mjs";
const p = await visitor(); await p.goto("/login");
const t = process.hrtime.bigint();
for (let i = 0; i < 40; i++) await p.goto("/login");
console.log("per goto ms", Number(process.hrtime.bigint()-t)/40e6, process.cpuUsage());
process.exit(0);
