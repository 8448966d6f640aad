<?php

declare(strict_types=1);

namespace App;

use Symfony\Component\Mercure\Jwt\TokenFactoryInterface;

/**
 * Signs the tokens that a hub verifies. With Composer, symfony/mercure's own
 * LcobucciFactory does the same; Debian has no lcobucci/jwt.
 */
final class Hs256Factory implements TokenFactoryInterface
{
    /** Seconds that a token holds if nobody says how long. */
    private const LIFETIME = 3600;

    public function __construct(private string $secret)
    {
        // RFC 7518, section 3.2; the hub takes no shorter one, either.
        if (strlen($secret) < 32) {
            throw new \InvalidArgumentException('The secret has less than 32 bytes: make one with "openssl rand -base64 32".');
        }
    }

    public function create(?array $subscribe = [], ?array $publish = [], array $additionalClaims = []): string
    {
        $claims = $additionalClaims + ['exp' => time() + self::LIFETIME];
        if ($claims['exp'] instanceof \DateTimeInterface) {
            $claims['exp'] = $claims['exp']->getTimestamp();
        }
        // Null leaves a claim out: no right at all, where [] is a right to nothing.
        $rights = array_filter(['subscribe' => $subscribe, 'publish' => $publish], is_array(...));
        $claims['mercure'] = ($additionalClaims['mercure'] ?? []) + $rights;

        $signed = self::encode(['alg' => 'HS256', 'typ' => 'JWT']).'.'.self::encode($claims);

        return $signed.'.'.self::base64url(hash_hmac('sha256', $signed, $this->secret, true));
    }

    private static function encode(array $part): string
    {
        return self::base64url(json_encode($part, JSON_THROW_ON_ERROR | JSON_UNESCAPED_SLASHES));
    }

    private static function base64url(string $bytes): string
    {
        return rtrim(strtr(base64_encode($bytes), '+/', '-_'), '=');
    }
}
