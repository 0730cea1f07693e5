# Deployment: the manifests are part of `make check`; the cluster of containers is `make check-compose`, because it is long.
deploy_TESTS = tests/deploy/k8s
TESTS += $(deploy_TESTS)
EXTRA_DIST += $(deploy_TESTS) tests/deploy/compose tests/deploy/manifests.mjs tests/deploy/package.json \
	docker/Dockerfile docker/docker-compose.yml docker/healthcheck docker/nginx.conf docker/k8s .dockerignore

check-compose:
	$(top_srcdir)/tests/deploy/compose

clean-local: clean-deploy-packages
clean-deploy-packages:
	rm -rf tests/deploy/packages

.PHONY: check-compose clean-deploy-packages
