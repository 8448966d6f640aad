<?php

declare(strict_types=1);

namespace App;

use Symfony\Component\Mercure\Exception\RuntimeException;
use Symfony\Component\Mercure\HubInterface;
use Symfony\Component\Mercure\Update;

/**
 * Tells people what happened, in every window they have open. This is the class
 * to copy: a Symfony application injects the HubInterface, and nothing changes.
 */
final class NotificationService
{
    public function __construct(private HubInterface $hub)
    {
    }

    /** The topic that one person follows. It is a name, nothing has to be there. */
    public static function topic(string $user): string
    {
        return 'https://example.com/users/'.rawurlencode($user);
    }

    /**
     * A message was added to a conversation.
     *
     * @param array{id: string, name: string} $from
     * @param string[]                        $recipients ids of people
     *
     * @return array<string, string> the hub's id of each recipient's update
     *
     * @throws NotAccepted
     */
    public function newMessage(string $conversation, array $from, string $text, array $recipients): array
    {
        return $this->publish('new_message', [
            'id' => bin2hex(random_bytes(8)),
            'conversation' => $conversation,
            'from' => $from,
            'text' => $text,
            'sentAt' => gmdate(DATE_RFC3339),
        ], $recipients);
    }

    /**
     * Something to show outside of any conversation.
     *
     * @param 'info'|'warning'|'error' $level
     * @param string[]                 $recipients ids of people
     *
     * @return array<string, string> the hub's id of each recipient's update
     *
     * @throws NotAccepted
     */
    public function notify(string $title, string $body, string $level, array $recipients): array
    {
        return $this->publish('notification', [
            'id' => bin2hex(random_bytes(8)),
            'title' => $title,
            'body' => $body,
            'level' => $level,
            'createdAt' => gmdate(DATE_RFC3339),
        ], $recipients);
    }

    /**
     * One private update for each recipient: it reaches those whose token
     * grants that person's topic. (One update with all topics would do, too,
     * in one request; but then all must get the same, and a failure is
     * everybody's.)
     */
    private function publish(string $type, array $payload, array $recipients): array
    {
        $data = json_encode($payload, JSON_THROW_ON_ERROR | JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE);
        $ids = [];
        foreach (array_unique($recipients) as $recipient) {
            try {
                $ids[$recipient] = $this->hub->publish(new Update(self::topic($recipient), $data, private: true, type: $type));
            } catch (RuntimeException $e) {
                throw NotAccepted::because($e);
            }
        }

        return $ids;
    }
}
