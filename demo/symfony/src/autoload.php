<?php

declare(strict_types=1);

// Composer's packages where there are some, otherwise Debian's
// (php-symfony-mercure brings the client and the HTTP foundation along).
$composer = __DIR__.'/../vendor/autoload.php';
require_once is_file($composer) ? $composer : 'Symfony/Component/Mercure/autoload.php';

spl_autoload_register(static function (string $class): void {
    if (str_starts_with($class, 'App\\')) {
        require __DIR__.'/'.strtr(substr($class, strlen('App\\')), '\\', '/').'.php';
    }
});
