// node manifests.mjs RENDERED.yaml docker-compose.yml: what tests/deploy/k8s checks. Ends with "N passed, N failed".
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import yaml from 'js-yaml';

const [rendered, compose] = process.argv.slice(2);
let passed = 0;
let failed = 0;

function check(what, fine, detail = '') {
    if (fine) {
        passed++;
        return;
    }
    failed++;
    console.log(`FAILED: ${what} ${detail}`);
}

const documents = yaml.loadAll(readFileSync(rendered, 'utf8')).filter(Boolean);
const named = (kind, name) => documents.find((d) => d.kind === kind && d.metadata.name === name);

// --- Kubernetes' schemas: values and what is required by kubernetes-models, fields that are not there by the types of
// kubernetes-types, as TypeScript checks a literal

for (const document of documents) {
    const models = await import(`kubernetes-models/${document.apiVersion}`);
    const what = `${document.kind} ${document.metadata.name}`;
    try {
        new models[document.kind](structuredClone(document)).validate();
        check(what, true);
    } catch (error) {
        check(what, false, error.message);
    }
}

// What TypeScript finds in documents written as literals of their types.
function typeErrors(list) {
    const folder = dirname(fileURLToPath(import.meta.url));
    const source = list.map((document, i) => {
        const path = document.apiVersion === 'v1' ? 'core/v1' : document.apiVersion;
        return `import type { ${document.kind} as Type${i} } from 'kubernetes-types/${path.replaceAll('.k8s.io', '')}';\n` +
            `export const document${i}: Type${i} = ${JSON.stringify(document, null, 1)};\n`;
    });
    writeFileSync(join(folder, 'documents.ts'), source.join(''));
    return spawnSync(join(folder, 'node_modules', '.bin', 'tsc'),
        ['--noEmit', '--strict', '--skipLibCheck', '--preserveSymlinks', '--moduleResolution', 'bundler', '--module', 'esnext', 'documents.ts'],
        { cwd: folder, encoding: 'utf8' }).stdout;
}

const spoilt = structuredClone(named('Deployment', 'worker'));
spoilt.spec.template.spec.containers[0].livenessProb = {};
check('a field that is not there is found', /^documents.ts.*livenessProb/m.test(typeErrors([spoilt])));
const errors = typeErrors(documents);
check('no field that Kubernetes does not have', errors === '', errors);

// --- what belongs together

const workloads = documents.filter((d) => ['Deployment', 'StatefulSet'].includes(d.kind));
const contains = (labels, wanted) => Object.entries(wanted ?? {}).every(([key, value]) => labels[key] === value);
const podsOf = (selector) => workloads.filter((w) => contains(w.spec.template.metadata.labels, selector));

check('a workload for each role', ['coordinator', 'front', 'reducer', 'worker'].every((role) => workloads.some((w) => w.metadata.name === role)));

for (const service of documents.filter((d) => d.kind === 'Service')) {
    const pods = podsOf(service.spec.selector);
    check(`${service.metadata.name}'s selector means one workload`, pods.length === 1);
    const ports = pods.flatMap((w) => w.spec.template.spec.containers.flatMap((c) => c.ports.map((p) => p.name)));
    check(`${service.metadata.name}'s ports are there`, service.spec.ports.every((p) => ports.includes(p.targetPort)));
}
for (const budget of documents.filter((d) => d.kind === 'PodDisruptionBudget'))
    check(`what ${budget.metadata.name}'s budget is for`, podsOf(budget.spec.selector.matchLabels).length === 1);
for (const scaler of documents.filter((d) => d.kind === 'HorizontalPodAutoscaler')) {
    const target = named(scaler.spec.scaleTargetRef.kind, scaler.spec.scaleTargetRef.name);
    check(`what ${scaler.metadata.name} scales`, target !== undefined && target.spec.replicas === undefined);
    check(`${scaler.metadata.name} has a request to measure by`, target?.spec.template.spec.containers[0].resources.requests.cpu !== undefined);
}

const drainTimeout = Number(documents.find((d) => d.kind === 'ConfigMap').data.RUNNEL_DRAIN_TIMEOUT);

for (const workload of workloads) {
    const name = workload.metadata.name;
    const pod = workload.spec.template.spec;
    const container = pod.containers[0];
    const claims = (workload.spec.volumeClaimTemplates ?? []).map((c) => c.metadata.name);
    const volumes = [...(pod.volumes ?? []).map((v) => v.name), ...claims];
    const ports = container.ports.map((p) => p.name);

    check(`${name}: selector and labels`, contains(workload.spec.template.metadata.labels, workload.spec.selector.matchLabels));
    check(`${name}: not root`, pod.securityContext.runAsNonRoot === true && pod.securityContext.runAsUser > 0);
    check(`${name}: no rights`, container.securityContext.allowPrivilegeEscalation === false &&
        container.securityContext.readOnlyRootFilesystem === true && container.securityContext.capabilities.drop.includes('ALL'));
    check(`${name}: requests and limits`, container.resources.requests.memory !== undefined && container.resources.limits.memory !== undefined);
    for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe']) {
        const where = container[probe]?.tcpSocket ?? container[probe]?.httpGet;
        check(`${name}: ${probe}`, where !== undefined && ports.includes(where.port));
    }
    check(`${name}: volumes`, container.volumeMounts.every((m) => volumes.includes(m.name)));
    for (const volume of pod.volumes ?? [])
        if (volume.persistentVolumeClaim)
            check(`${name}: the claim`, named('PersistentVolumeClaim', volume.persistentVolumeClaim.claimName) !== undefined);
    if (name === 'worker' || name === 'reducer')
        check(`${name}: time to drain`, pod.terminationGracePeriodSeconds > drainTimeout && container.lifecycle?.preStop !== undefined);
}

// --- variables: the program itself says what it has

function optionsOf(role) {
    const help = spawnSync(process.env.RUNNEL, [role, '--help'], { encoding: 'utf8' });
    return new Set([...help.stdout.matchAll(/^ {6}--([a-z-]+)/gm)].map((m) => `RUNNEL_${m[1].toUpperCase().replaceAll('-', '_')}`));
}

const roles = ['coordinator', 'worker', 'reducer', 'front'];
const options = Object.fromEntries(roles.map((role) => [role, optionsOf(role)]));
const all = new Set(roles.flatMap((role) => [...options[role]]));
check('options are told', all.size > 15);

for (const workload of workloads) {
    const container = workload.spec.template.spec.containers[0];
    check(`${workload.metadata.name}: its role`, container.args[0] === workload.metadata.name);
    for (const { name } of (container.env ?? []).filter((e) => e.name.startsWith('RUNNEL_')))
        check(`${workload.metadata.name}: ${name}`, options[container.args[0]].has(name));
    for (const { configMapRef } of container.envFrom ?? [])
        check(`${workload.metadata.name}: its ConfigMap`, named('ConfigMap', configMapRef.name) !== undefined);
}
for (const config of documents.filter((d) => d.kind === 'ConfigMap'))
    for (const name of Object.keys(config.data))
        check(`ConfigMap: ${name}`, all.has(name));

const services = yaml.load(readFileSync(compose, 'utf8')).services;
for (const role of roles)
    for (const name of Object.keys(services[role].environment))
        check(`docker-compose.yml, ${role}: ${name}`, options[role].has(name));
check('docker-compose.yml publishes nginx alone', Object.entries(services).every(([name, s]) => (s.ports === undefined) === (name !== 'nginx')));

console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
