<?php

declare(strict_types=1);

namespace App;

use Symfony\Component\HttpFoundation\JsonResponse;
use Symfony\Component\HttpFoundation\Request;
use Symfony\Component\HttpFoundation\Response;
use Symfony\Component\Mercure\Authorization;
use Symfony\Component\Mercure\Discovery;
use Symfony\Component\Mercure\HubRegistry;
use Symfony\Component\WebLink\HttpHeaderSerializer;

/**
 * What controllers are in a Symfony application: a page for one person, and two
 * requests that tell others something.
 */
final class Application
{
    private NotificationService $notifications;

    public function __construct(private HubRegistry $hubs)
    {
        $this->notifications = new NotificationService($hubs->getHub());
    }

    public function handle(Request $request): Response
    {
        try {
            return match ($request->getMethod().' '.$request->getPathInfo()) {
                'GET /' => $this->page($request),
                'POST /messages' => $this->message($request),
                'POST /notifications' => $this->notification($request),
                default => new Response("There is nothing here.\n", 404, ['Content-Type' => 'text/plain']),
            };
        } catch (\InvalidArgumentException|\JsonException $e) {
            return new JsonResponse(['error' => $e->getMessage()], 400);
        } catch (NotAccepted $e) {
            // 422 is about what was written; anything else is ours or the hub's to mend.
            return new JsonResponse(['error' => $e->getMessage(), 'issues' => $e->issues], 422 === $e->status ? 422 : 502);
        }
    }

    /**
     * The page of one person, whom the hub lets read that person's topic.
     * Who it is comes from the URL here; in an application, from the login.
     */
    private function page(Request $request): Response
    {
        $user = self::person($request->query->get('as', 'ann'));
        $topic = NotificationService::topic($user);
        (new Authorization($this->hubs, 12 * 3600))->setCookie($request, [$topic], null, [], Hubs::BROWSER);
        (new Discovery($this->hubs))->addLink($request);

        $hub = $this->hubs->getHub()->getPublicUrl();
        $response = new Response(self::render('page.php', [
            'user' => $user,
            'hub' => $hub.'?'.http_build_query(['topic' => $topic]),
            'sdk' => self::origin($hub).'/sdk/index.js',
        ]));
        // A page names the person's topics and carries the person's cookie: it is for nobody else.
        $response->headers->set('Cache-Control', 'private, no-store');
        $response->headers->set('Content-Security-Policy', self::policy(self::origin($hub)));

        return self::send($request, $response);
    }

    /** POST /messages {"conversation", "from", "text", "to": ["ben", …]}. */
    private function message(Request $request): Response
    {
        $in = self::body($request);
        $from = self::person($in['from'] ?? null);

        return new JsonResponse($this->notifications->newMessage(
            self::text($in, 'conversation'),
            ['id' => $from, 'name' => ucfirst($from)],
            self::text($in, 'text'),
            self::people($in),
        ), 201);
    }

    /** POST /notifications {"title", "body", "level", "to": ["ben", …]}. */
    private function notification(Request $request): Response
    {
        $in = self::body($request);

        return new JsonResponse($this->notifications->notify(
            self::text($in, 'title'),
            self::text($in, 'body'),
            self::text($in, 'level', 'info'),
            self::people($in),
        ), 201);
    }

    /**
     * What MercureBundle and WebLink do after a controller: the cookie that
     * setCookie made, and the Link header of addLink, go into the response.
     */
    private static function send(Request $request, Response $response): Response
    {
        foreach ($request->attributes->get('_mercure_authorization_cookies', []) as $cookie) {
            $response->headers->setCookie($cookie);
        }
        $response->headers->set('Link', (new HttpHeaderSerializer())->serialize($request->attributes->get('_links')->getLinks()));

        return $response;
    }

    /** @return array<string, mixed> */
    private static function body(Request $request): array
    {
        // A form of another site cannot send this type without the browser asking us first.
        if (!str_starts_with($request->headers->get('Content-Type', ''), 'application/json')) {
            throw new \InvalidArgumentException('Send JSON, with Content-Type: application/json.');
        }
        $in = json_decode($request->getContent(), true, 8, JSON_THROW_ON_ERROR);

        return is_array($in) ? $in : throw new \InvalidArgumentException('Send a JSON object.');
    }

    /** Whether it is too long or empty is left to the schema, which the hub holds it to. */
    private static function text(array $in, string $field, string $default = ''): string
    {
        $value = $in[$field] ?? $default;

        return is_string($value) ? $value : throw new \InvalidArgumentException("\"$field\" is not a string.");
    }

    /** @return string[] */
    private static function people(array $in): array
    {
        $to = $in['to'] ?? null;
        if (!is_array($to) || !$to || count($to) > 100) {
            throw new \InvalidArgumentException('"to" is not a list of 1 to 100 people.');
        }

        return array_map(self::person(...), $to);
    }

    private static function person(mixed $id): string
    {
        return is_string($id) && preg_match('/^[a-z][a-z0-9_-]{0,31}$/D', $id)
            ? $id : throw new \InvalidArgumentException('A person is 1 to 32 of a-z, 0-9, _ and -, and starts with a letter.');
    }

    private static function origin(string $url): string
    {
        ['scheme' => $scheme, 'host' => $host] = $parts = parse_url($url);

        return "$scheme://$host".(isset($parts['port']) ? ":{$parts['port']}" : '');
    }

    /** Scripts of ours and of the hub's SDK, whose worker starts from a blob: URL because it is of another origin. */
    private static function policy(string $hub): string
    {
        return "default-src 'none'; script-src 'self' $hub 'wasm-unsafe-eval'; worker-src blob: $hub; connect-src 'self' $hub; img-src data:; "
            ."form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
    }

    private static function render(string $template, array $values): string
    {
        $e = static fn (string $text): string => htmlspecialchars($text, ENT_QUOTES | ENT_HTML5);
        extract($values);
        ob_start();
        require __DIR__.'/../templates/'.$template;

        return ob_get_clean();
    }
}
