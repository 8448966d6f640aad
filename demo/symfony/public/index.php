<?php

declare(strict_types=1);

use App\Application;
use App\Hubs;
use Symfony\Component\HttpFoundation\Request;

// PHP's own server asks here for files, too; false makes it send them itself.
if ('cli-server' === PHP_SAPI && '/app.js' === $_SERVER['SCRIPT_NAME']) {
    return false;
}

require __DIR__.'/../src/autoload.php';

$request = Request::createFromGlobals();
(new Application(Hubs::fromEnvironment()))->handle($request)->prepare($request)->send();
