<?php

declare(strict_types=1);

namespace App;

use Symfony\Component\Mercure\Exception\RuntimeException;
use Symfony\Contracts\HttpClient\Exception\HttpExceptionInterface;

/**
 * Why the hub did not take an update. symfony/mercure says "Failed to send an
 * update."; the reason is in the exception before that one, and the list of
 * faults only in the answer itself.
 */
final class NotAccepted extends \RuntimeException
{
    /**
     * @param int                                                          $status the hub's, 0 if it gave no answer
     * @param list<array{path: string, keyword: string, message: string}> $issues what does not hold to the schema, path is a JSON Pointer
     */
    private function __construct(string $message, public readonly int $status, public readonly array $issues, \Throwable $previous)
    {
        parent::__construct($message, $status, $previous);
    }

    public static function because(RuntimeException $failure): self
    {
        $cause = $failure->getPrevious();
        if (!$cause instanceof HttpExceptionInterface) {
            // Refused, timed out, cut: the hub may have taken the update or not.
            return new self('The hub did not answer: '.$cause?->getMessage(), 0, [], $failure);
        }
        $status = $cause->getResponse()->getStatusCode();
        $answer = $cause->getResponse()->getContent(false);
        $problem = json_decode($answer, true);
        $issues = $problem['issues'] ?? [];
        // A hub that explains gives a detail; otherwise its text holds the
        // request's id, under which its log has the reason.
        $why = $issues
            ? implode('; ', array_map(static fn (array $issue) => trim("{$issue['path']} {$issue['message']}"), $issues))
            : $problem['detail'] ?? trim($answer);

        return new self("The hub refuses it with $status: $why", $status, $issues, $failure);
    }
}
