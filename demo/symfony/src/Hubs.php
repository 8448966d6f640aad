<?php

declare(strict_types=1);

namespace App;

use Symfony\Component\HttpClient\HttpClient;
use Symfony\Component\Mercure\Hub;
use Symfony\Component\Mercure\HubRegistry;
use Symfony\Component\Mercure\Jwt\FactoryTokenProvider;

/**
 * The hub of the environment, under two names, because it has a key for each
 * role: the default one publishes, "browser" signs what browsers subscribe with.
 * In a Symfony application, config/packages/mercure.yaml says the same.
 */
final class Hubs
{
    public const BROWSER = 'browser';

    /**
     * MERCURE_URL                    where this application reaches the hub
     * MERCURE_PUBLIC_URL             where browsers do; the same if not set
     * MERCURE_JWT_SECRET             the hub's MERCURE_PUBLISHER_JWT_KEY
     * MERCURE_SUBSCRIBER_JWT_SECRET  its MERCURE_SUBSCRIBER_JWT_KEY; the former if not set.
     */
    public static function fromEnvironment(): HubRegistry
    {
        $url = self::required('MERCURE_URL');
        $publicUrl = getenv('MERCURE_PUBLIC_URL') ?: $url;
        $publisher = new Hs256Factory(self::required('MERCURE_JWT_SECRET'));
        $subscriber = new Hs256Factory(getenv('MERCURE_SUBSCRIBER_JWT_SECRET') ?: self::required('MERCURE_JWT_SECRET'));

        // A hub answers within milliseconds; without these a person would wait
        // up to a minute for one that is down.
        $http = HttpClient::create(['timeout' => 5, 'max_duration' => 10]);
        // The token is made anew for each update, so that it never expires in a long-running worker.
        $provider = new FactoryTokenProvider($publisher, [], ['*']);
        $default = new Hub($url, $provider, $publisher, $publicUrl, $http);
        $browser = new Hub($url, $provider, $subscriber, $publicUrl, $http);

        return new HubRegistry($default, ['default' => $default, self::BROWSER => $browser]);
    }

    private static function required(string $name): string
    {
        return getenv($name) ?: throw new \RuntimeException("Set the environment variable $name: see demo/symfony/README.md.");
    }
}
