/*
 * The floor: what it costs to deliver at all. It accepts connections, answers
 * each with the head of an event stream, and writes what it is given to every
 * one of them with one write(2) each. Nothing is parsed, queued or looked up.
 *
 * usage: floor MAXIMUM
 * It prints the port it listens on (127.0.0.1). On its standard input it takes
 * messages, each as "LENGTH\n" and that many bytes, and ends at the end of it.
 *
 * Part of Amalgam, MIT licence.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

static const char head[] =
	"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
	"Transfer-Encoding: chunked\r\n\r\n2\r\n:\n\r\n";

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

/* greet reads one request up to its blank line and answers it. */
static int greet(int fd)
{
	char request[8192];
	size_t n = 0;
	while (n < sizeof request) {
		ssize_t got = read(fd, request + n, sizeof request - n);
		if (got <= 0)
			return -1;
		n += got;
		if (n >= 4 && memcmp(request + n - 4, "\r\n\r\n", 4) == 0)
			return write(fd, head, sizeof head - 1) == sizeof head - 1 ? 0 : -1;
	}
	return -1;
}

int main(int argc, char **argv)
{
	int maximum = argc > 1 ? atoi(argv[1]) : 0;
	int *fds = calloc(maximum > 0 ? maximum : 1, sizeof *fds);
	static char message[1 << 20];
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t length = sizeof address;
	struct rlimit files;
	int n = 0, one = 1;

	if (maximum < 1 || !fds)
		return 2;
	signal(SIGPIPE, SIG_IGN);
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	if (listener < 0 || bind(listener, (void *)&address, sizeof address) ||
	    listen(listener, 4096) || getsockname(listener, (void *)&address, &length))
		fail("floor: listen");
	printf("%d\n", ntohs(address.sin_port));
	fflush(stdout);

	for (;;) {
		struct pollfd both[2] = {{.fd = 0, .events = POLLIN}, {.fd = listener, .events = POLLIN}};
		if (poll(both, 2, -1) < 0 && errno != EINTR)
			fail("floor: poll");
		if (both[1].revents & POLLIN) {
			int fd = accept(listener, NULL, NULL);
			if (fd < 0)
				fail("floor: accept");
			setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
			if (n == maximum || greet(fd))
				close(fd);
			else
				fds[n++] = fd;
		}
		if (both[0].revents & (POLLIN | POLLHUP)) {
			char size[16];
			size_t i = 0, want, got = 0;
			while (i < sizeof size - 1 && read(0, size + i, 1) == 1 && size[i] != '\n')
				i++;
			if (i == 0)
				return 0;
			size[i] = 0;
			want = strtoul(size, NULL, 10);
			if (want == 0 || want > sizeof message)
				return 2;
			while (got < want) {
				ssize_t r = read(0, message + got, want - got);
				if (r <= 0)
					return 2;
				got += r;
			}
			for (int k = 0; k < n; k++)
				if (write(fds[k], message, want) != (ssize_t)want)
					fail("floor: write");
		}
	}
}
