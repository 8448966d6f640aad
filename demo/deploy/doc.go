// Package deploy holds what operators copy: a site for Apache, nginx, HAProxy
// and Caddy. Its tests run each file in the real server, in front of the real
// hub, and the container image that the Dockerfile makes.
package deploy
